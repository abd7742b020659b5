"""Questions over all the history, each one `ibis` expression, answered by DuckDB here or by a Spark Connect server elsewhere."""
