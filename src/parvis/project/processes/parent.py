"""A child must not outlive its supervisor, even one killed by `kill -9` (Linux; elsewhere the child goes on)."""

import ctypes
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """For `subprocess.Popen(preexec_fn=…)`: the kernel sends SIGTERM to the child when its parent dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
