"""Decoding for the rest of the program: calls in, one answer each, whatever the codecs do."""

import json
import queue
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from types import TracebackType
from typing import Any

import msgspec

from . import worker as child
from .process import Crashed, Overran, RawAnswer, Worker
from .values import DANGEROUS, Answer, Call, Failure, FailureKind, Invocation, Program, Success

_BUDGET_S = 1.0  # of CPU, for one codec in one batch: the others of the batch are waiting
_MOST_TOLD = 20  # warnings or errors kept of an answer


class CodecPool:
    """Lends its workers to the threads that ask, and replaces those that a codec has cost."""

    def __init__(self, *, workers: int = 1, limit_s: float = 0.2) -> None:
        self._limit_s = limit_s
        self._free: queue.LifoQueue[Worker | None] = queue.LifoQueue()
        for _ in range(workers):
            self._free.put(None)  # started at the first use
        self._workers = workers

    def __enter__(self) -> "CodecPool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        for _ in range(self._workers):
            if worker := self._free.get():
                worker.close()
            self._free.put(None)

    def pids(self) -> list[int]:
        """Of the workers that nobody uses now."""
        return [worker.pid for worker in list(self._free.queue) if worker]

    def run(self, program: Program, function: str, input: Mapping[str, Any]) -> Answer:
        """One function on its input object. Success holds the codec's whole output object; when that tells of `errors`, so does a
        Failure in its place."""
        (answer,) = self.decode([Invocation(program=program, function=function, input=input)])
        if isinstance(answer, Success) and (errors := answer.data.get("errors")):
            told = errors if isinstance(errors, list) else [errors]
            return Failure(kind=FailureKind.THROWN, detail=" ; ".join(_told(told))[: child.MOST_DETAIL])
        return answer

    def decode(self, calls: Sequence[Call | Invocation]) -> list[Answer]:
        """One answer per call, in order.

        A codec that overruns the limit on one call, or its budget on all of them, or exhausts its memory, or crashes its
        process twice, is given up for the rest of the batch: its other calls are SKIPPED. The others are all answered.
        """
        batch = _Batch(calls)
        with self._lent() as holder:
            while todo := batch.pending():
                worker = holder.worker = holder.worker or Worker()
                if not batch.take(worker, todo, self._limit_s):
                    worker.close()
                    holder.worker = None
        return batch.answers()

    @contextmanager
    def _lent(self) -> Iterator["_Holder"]:
        holder = _Holder(self._free.get())
        try:
            yield holder
        except BaseException:
            if holder.worker:
                holder.worker.close()  # in the middle of a conversation: of no more use
            holder.worker = None
            raise
        finally:
            self._free.put(holder.worker)


class _Holder:
    def __init__(self, worker: Worker | None) -> None:
        self.worker = worker


class _Batch:
    def __init__(self, calls: Sequence[Call | Invocation]) -> None:
        self._calls = calls
        self._answers: list[Answer | None] = [None] * len(calls)
        self._spent_s: defaultdict[str, float] = defaultdict(float)
        self._condemned: set[str] = set()
        self._second_chance: set[int] = set()

    def answers(self) -> list[Answer]:
        return [answer or Failure(kind=FailureKind.SKIPPED) for answer in self._answers]

    def pending(self) -> list[int]:
        return [
            index
            for index, answer in enumerate(self._answers)
            if answer is None and self._calls[index].program.key not in self._condemned
        ]

    def take(self, worker: Worker, todo: Sequence[int], limit_s: float) -> bool:
        """Runs these calls; False when the worker must be replaced before going on."""
        taken = 0
        with closing(worker.run([self._calls[index] for index in todo], limit_s)) as answers:
            try:
                for raw in answers:
                    taken += 1
                    if not self._keep(todo[taken - 1], raw):
                        return False
            except Overran as stopped:
                self._condemn(todo[taken + stopped.unanswered], Failure(kind=FailureKind.OVERRAN))
                return False
            except Crashed as stopped:
                self._again_or_condemn(todo[taken + stopped.unanswered], Failure(kind=FailureKind.CRASHED))
                return False
        return True

    def _keep(self, index: int, raw: RawAnswer) -> bool:
        answer = read_answer(raw) if isinstance(self._calls[index], Call) else read_output(raw)
        if isinstance(answer, Failure) and answer.kind is FailureKind.EXHAUSTED:
            self._again_or_condemn(index, answer)
            return False
        self._answers[index] = answer
        key = self._calls[index].program.key
        self._spent_s[key] += raw.cpu_s
        if self._spent_s[key] > _BUDGET_S and any(self._calls[one].program.key == key for one in self.pending()):
            self._condemned.add(key)
            self._answers[index] = Failure(kind=FailureKind.OVERRAN)
            return False
        return True

    def _again_or_condemn(self, index: int, failure: Failure) -> None:
        """The first time may be due to what the process had been through before: once more in a fresh one."""
        if index in self._second_chance:
            self._condemn(index, failure)
        self._second_chance.add(index)

    def _condemn(self, index: int, failure: Failure) -> None:
        assert failure.kind in DANGEROUS
        self._answers[index] = failure
        self._condemned.add(self._calls[index].program.key)


class _Decoded(msgspec.Struct):
    """TS013's answer."""

    data: dict[str, Any] | None = None
    warnings: list[Any] | None = None
    errors: list[Any] | None = None


_DECODER = msgspec.json.Decoder(_Decoded)

_KINDS = {
    child.THROWN: FailureKind.THROWN,
    child.BROKEN: FailureKind.BROKEN,
    child.INVALID: FailureKind.INVALID,
    child.EXHAUSTED: FailureKind.EXHAUSTED,
}


def read_output(raw: RawAnswer) -> Answer:
    """The whole of it, as the codec gave it."""
    if raw.status != child.OK:
        return _failure(raw)
    try:
        output = json.loads(raw.text)
    except (ValueError, RecursionError) as error:
        return Failure(kind=FailureKind.INVALID, detail=str(error)[: child.MOST_DETAIL])
    warnings = output.get("warnings")
    return Success(data=output, warnings=tuple(_told(warnings)) if isinstance(warnings, list) else ())


def _failure(raw: RawAnswer) -> Failure:
    return Failure(kind=_KINDS[raw.status], detail=raw.text.decode("utf-8", "replace").replace("\0", ""))


def read_answer(raw: RawAnswer) -> Answer:
    if raw.status != child.OK:
        return _failure(raw)
    if b"\\u0000" in raw.text:
        return Failure(kind=FailureKind.INVALID, detail="a text holds U+0000")
    try:
        answer = _DECODER.decode(raw.text)
    except (msgspec.DecodeError, RecursionError) as error:
        return Failure(kind=FailureKind.INVALID, detail=str(error)[: child.MOST_DETAIL])
    if answer.errors:
        return Failure(kind=FailureKind.THROWN, detail=" ; ".join(_told(answer.errors))[: child.MOST_DETAIL])
    if answer.data is None:
        return Failure(kind=FailureKind.INVALID, detail="no data")
    return Success(data=answer.data, warnings=tuple(_told(answer.warnings or ())))


def _told(texts: Sequence[Any]) -> list[str]:
    return [str(text)[: child.MOST_DETAIL] for text in texts[:_MOST_TOLD]]
