"""`parvis envelope parse` as an integrator uses it: a process without database, one answer a line."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from conftest import SHARED_DATA

CORPUS = SHARED_DATA / "lorawan" / "uplinks.jsonl"
SERVERS = {"http-chirpstack-v3-like": "chirpstack-v3", "tts-v3": "tts"}
COMMAND = [sys.executable, "-m", "parvis.project", "envelope", "parse"]
# Neither a database nor a place to keep anything.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("PARVIS_", "DJANGO_"))} | {
    "PARVIS_HOME": "/nonexistent"
}


def answers(lines: Sequence[bytes], *arguments: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [*COMMAND, *arguments],
        input=b"".join(line + b"\n" for line in lines),
        capture_output=True,
        check=True,
        env=ENVIRONMENT,
        timeout=60,
    )
    assert done.stderr == b""
    return [json.loads(line) for line in done.stdout.splitlines()]


def rows() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for line in CORPUS.read_text().splitlines():
        row = json.loads(line)
        found.setdefault(SERVERS.get(row["server"], row["server"]), []).append(row)
    return found


@pytest.mark.slow
@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus of real envelopes is not on this machine")
def test_the_whole_corpus_one_answer_a_line() -> None:
    for server, known in rows().items():
        told = answers([json.dumps(row["envelope"]).encode() for row in known], "--server", server)
        assert len(told) == len(known)
        for answer, row in zip(told, known, strict=True):
            same = [name for name in row["expected"] if name in answer and name != "problems"]
            assert {"event", "dev_eui", "received_at"} <= set(same)
            assert {name: answer[name] for name in same} == {name: row["expected"][name] for name in same}


def test_what_is_no_envelope_is_an_error_in_english_and_the_next_line_is_read() -> None:
    uplink = b'{"cmd": "rx", "EUI": "02004D5450000001", "ts": 1690901260493, "fcnt": 3, "port": 1, "data": "0252"}'
    told = answers([b"{", b"", b"[]", b"{}", b"\xff", uplink], "--server", "loriot")
    assert [list(answer) for answer in told[:5]] == [["error"]] * 5
    assert "JSON" in told[0]["error"]
    assert told[5]["received_at"] == "2023-08-01T14:47:40.493Z"
    assert (told[5]["f_cnt"], told[5]["payload_hex"], told[5]["gateways"]) == (3, "0252", [])


def test_events_and_plain_json(tmp_path: Path) -> None:
    body = b'{"deviceInfo": {"devEui": "02004D5450000001"}, "queueItemId": "q", "acknowledged": true}'
    (told,) = answers([body], "--server", "chirpstack-v4", "--event", "ack")
    assert (told["event"], told["dev_eui"], told["reference"]) == ("ack", "02004d5450000001", "q")
    form = tmp_path / "form.json"
    form.write_text('{"device": "id", "values": "m"}')
    (told,) = answers([b'{"id": "42", "m": {"t": 1}}'], "--server", "json", "--form", str(form))
    assert (told["dev_eui"], told["decoded"]) == ("0000000000000042", {"t": 1})


def test_whoever_asks_one_question_at_a_time_has_its_answer() -> None:
    body = b'{"cmd": "rx", "EUI": "02004D5450000001", "fcnt": 3, "port": 1, "data": "0252"}\n'
    with subprocess.Popen(
        [*COMMAND, "--server", "loriot"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=ENVIRONMENT
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(3):
            process.stdin.write(body)
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["f_cnt"] == 3
        process.stdin.close()
        assert process.wait(timeout=20) == 0
