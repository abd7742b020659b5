"""What tests of every package share: run the reactions, count the queries."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext

from parvis.kernel.events import QUEUE, react


def deliver(*, limit: int = 1000) -> int:
    """Runs, in this process and transaction, the reactions queued by the test, and those they cause; answers how many.

    Raises what a handler raises: in a test a failing reaction must fail the test.
    """
    done = 0
    while done < limit:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id IN ("
                " SELECT id FROM procrastinate_jobs WHERE status = 'todo' AND queue_name = %s ORDER BY id)"
                " RETURNING id, args",
                [QUEUE],
            )
            jobs = sorted(cursor.fetchall())
        if not jobs:
            return done
        for _, args in jobs:
            react(**(args if isinstance(args, dict) else json.loads(args)))
            done += 1
    raise AssertionError(f"more than {limit} reactions: do two handlers answer each other for ever?")


@contextmanager
def assert_num_queries(expected: int) -> Iterator[None]:
    """The block makes exactly `expected` queries; says which ones when it does not."""
    with CaptureQueriesContext(connection) as captured:
        yield
    made = [query["sql"] for query in captured.captured_queries]
    assert len(made) == expected, f"{len(made)} queries instead of {expected}:\n" + "\n".join(made)
