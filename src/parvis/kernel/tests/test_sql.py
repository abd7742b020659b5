"""Statements sent together, on a connection that is not new."""

import pytest
from django.db import close_old_connections, connection

from parvis.kernel.sql import hot_cursor, pipelined_transaction


@pytest.mark.django_db(transaction=True)
def test_a_pipeline_on_a_connection_that_has_waited() -> None:
    """Django asks an old connection whether it lives when the transaction begins; in the pipeline, that was an error."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    close_old_connections()  # as a thread of a door does every minute
    with pipelined_transaction(), hot_cursor() as hot:
        hot.execute("SELECT 2")
        assert hot.fetchone() == (2,)
