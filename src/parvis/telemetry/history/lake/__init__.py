"""The past of the city as plain Parquet files that any engine reads; the list of the files is a table of PostgreSQL.

A day of observations is rows of PostgreSQL while it is recent, then lines of a day file, then of a month file. Each change of
place is one transaction of PostgreSQL, which both empties the rows and lists the new file: whatever is killed, a day is in one place
(docs/adr/0019-lake.md).
"""
