"""Makers' JavaScript, run where it can do no harm: in worker processes that the parent kills.

QuickJS checks its time limit only between bytecodes: a regular expression or one native call over a large string can hold
it for a minute. Only the kernel stops that, hence processes. See `worker` (the child) and `pool` (the parent).
"""

from .pool import CodecPool
from .values import Answer, Call, Failure, FailureKind, Invocation, Program, Success
from .worker import FUNCTIONS

__all__ = ["FUNCTIONS", "Answer", "Call", "CodecPool", "Failure", "FailureKind", "Invocation", "Program", "Success"]
