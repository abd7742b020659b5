"""Whole functions of codecs by their input objects, and what makers borrow from Node.js."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from parvis.telemetry.devices.sandbox import CodecPool, Failure, FailureKind, Invocation, Program, Success


@pytest.fixture(scope="module")
def pool() -> Iterator[CodecPool]:
    with CodecPool() as pool:
        yield pool


def output(pool: CodecPool, source: str, function: str, given: dict[str, Any]) -> Any:
    (answer,) = pool.decode([Invocation(program=Program(key=source, source=source), function=function, input=given)])
    return answer.data if isinstance(answer, Success) else answer


@pytest.mark.parametrize(
    ("function", "source", "given", "expected"),
    [
        ("decodeUplink", "function decodeUplink(i) { return {data: {n: i.bytes.length, p: i.fPort}, warnings: ['w']}; }",
         {"bytes": [1, 2], "fPort": 3}, {"data": {"n": 2, "p": 3}, "warnings": ["w"]}),
        # `errors` are part of the answer.
        ("decodeUplink", "function decodeUplink(i) { return {errors: ['unknown port']}; }", {"bytes": []}, {"errors": ["unknown port"]}),
        # The time is a Date when it is given, and is not there when it is not.
        ("decodeUplink", "function decodeUplink(i) { return {data: {at: i.recvTime.getTime()}}; }",
         {"bytes": [], "recvTime": "2026-01-01T00:00:00Z"}, {"data": {"at": 1_767_225_600_000}}),
        ("decodeUplink", "function decodeUplink(i) { return {data: {keys: Object.keys(i), at: typeof i.recvTime}}; }",
         {"bytes": []}, {"data": {"keys": ["bytes"], "at": "undefined"}}),
        # What a text of a sensor may hold.
        ("decodeUplink", "function decodeUplink(i) { return {data: {a: String.fromCharCode(0, 233)}}; }", {"bytes": []}, {"data": {"a": "\0é"}}),
        # Local time is UTC, wherever this runs.
        ("decodeUplink", "function decodeUplink(i) { return {data: {h: new Date(0).getHours(), z: new Date(0).getTimezoneOffset()}}; }",
         {"bytes": []}, {"data": {"h": 0, "z": 0}}),
        ("encodeDownlink", "function encodeDownlink(i) { return {bytes: [i.data.minutes], fPort: 2}; }",
         {"data": {"minutes": 15}}, {"bytes": [15], "fPort": 2}),
        # Bytes are a list, whatever they are kept in.
        ("encodeDownlink", "function encodeDownlink(i) { return {bytes: new Uint8Array([1, 2]), fPort: 2}; }", {"data": {}}, {"bytes": [1, 2], "fPort": 2}),
        ("encodeDownlink", "function encodeDownlink(i) { return {bytes: Buffer.from('0a0b', 'hex'), fPort: 2}; }", {"data": {}}, {"bytes": [10, 11], "fPort": 2}),
        ("decodeDownlink", "function decodeDownlink(i) { return {data: {minutes: i.bytes[0]}}; }", {"bytes": [15], "fPort": 2}, {"data": {"minutes": 15}}),
        ("normalizeUplink", "function normalizeUplink(i) { return {data: {air: {temperature: i.data.t}}}; }",
         {"data": {"t": 21.5}}, {"data": {"air": {"temperature": 21.5}}}),
        # Before TS013.
        ("decodeUplink", "function Decode(fPort, bytes, variables) { return {p: fPort, n: bytes[0], v: variables}; }",
         {"bytes": [7], "fPort": 3}, {"data": {"p": 3, "n": 7, "v": {}}}),
        ("decodeUplink", "function Decoder(bytes, port) { return {n: bytes[0] + port}; }", {"bytes": [7], "fPort": 3}, {"data": {"n": 10}}),
        ("encodeDownlink", "function Encode(fPort, obj, variables) { return [fPort, obj.a]; }", {"data": {"a": 5}, "fPort": 3}, {"bytes": [3, 5], "fPort": 3}),
        ("encodeDownlink", "function Encoder(obj, port) { return [obj.a, port]; }", {"data": {"a": 5}, "fPort": 3}, {"bytes": [5, 3], "fPort": 3}),
        # TS013 wins over the older forms it is written with.
        ("decodeUplink", "function Decoder(bytes) { return {n: bytes[0]}; } function decodeUplink(i) { return {data: Decoder(i.bytes), warnings: []}; }",
         {"bytes": [7]}, {"data": {"n": 7}, "warnings": []}),
        # As a module of Node.js.
        ("decodeUplink", "const codec = {}; codec.decodeUplink = (i) => ({data: {n: i.bytes[0]}}); module.exports = codec;", {"bytes": [7]}, {"data": {"n": 7}}),
        ("encodeDownlink", "exports.encodeDownlink = (i) => ({bytes: [i.data.a]});", {"data": {"a": 1}}, {"bytes": [1]}),
        # A bundle that looks for a module finds none, and stays global.
        ("decodeUplink", "(function (g) { if (typeof module === 'object') module.exports = {}; else g.decodeUplink = () => ({data: {}}); })(this); // exports",
         {"bytes": []}, {"data": {}}),
    ],
)  # fmt: skip
def test_functions_answer_as_they_are_written(
    pool: CodecPool, function: str, source: str, given: Any, expected: Any
) -> None:
    assert output(pool, source, function, given) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        # Compared with Node.js 20 on 1,600 expressions when it was written; here, one of each kind.
        ("Buffer.from(bytes).toString('hex')", "48656c6cc3a9ff00"),
        ("Buffer.from(bytes).toString()", "Hellé�\0"),
        ("Buffer.from(bytes).toString('ascii', 0, 5)", "HellC"),
        ("Buffer.from(bytes).toString('latin1', 4, 7)", "Ã©ÿ"),
        ("Buffer.from(bytes).toString('base64')", "SGVsbMOp/wA="),
        ("Buffer.from('SGVs bG8', 'base64').toString()", "Hello"),
        ("Buffer.from('486g6c', 'hex').length", 1),
        ("[...Buffer.from('é€')]", [195, 169, 226, 130, 172]),
        ("[...Buffer.from([256, -1, 1.9, '7', 'x'])]", [0, 255, 1, 7, 0]),
        ("[...new Buffer([1, 2])]", [1, 2]),
        ("Buffer.alloc(3, 'ab').toString()", "aba"),
        ("[...Buffer.concat([Buffer.from([1]), Buffer.from([2, 3])], 4)]", [1, 2, 3, 0]),
        ("(() => { const b = Buffer.from([1, 2, 3]); b.slice(1)[0] = 9; return [...b]; })()", [1, 9, 3]),
        ("[...Buffer.from(bytes).subarray(-2)]", [255, 0]),
        ("Buffer.from(bytes).readUInt16BE(0)", 0x4865),
        ("Buffer.from(bytes).readUInt16LE(1)", 0x6C65),
        ("Buffer.from(bytes).readInt8(6)", -1),
        ("Buffer.from(bytes).readInt32LE(4)", 0x00FFA9C3),
        ("Buffer.from(bytes).readUint32BE()", 0x48656C6C),
        ("Buffer.from([0, 0, 200, 65]).readFloatLE(0)", 25),
        ("Buffer.from([64, 9, 33, 251, 84, 68, 45, 24]).readDoubleBE(0)", 3.141592653589793),
        ("Buffer.from([255, 255, 254]).readIntBE(0, 3)", -2),
        ("Buffer.from([1, 2, 3]).readUIntLE(0, 3)", 0x030201),
        ("String(Buffer.from([0, 0, 0, 0, 0, 0, 1, 0]).readBigUInt64BE())", "256"),
        ("(() => { const b = Buffer.alloc(4); return [b.writeInt16BE(-2, 1), ...b]; })()", [3, 0, 255, 254, 0]),
        ("(() => { try { return Buffer.alloc(1).readUInt16BE(0); } catch (e) { return e.name; } })()", "RangeError"),
        ("(() => { try { return Buffer.alloc(1).writeUInt8(256); } catch (e) { return e.name; } })()", "RangeError"),
        ("[Buffer.isBuffer(Buffer.alloc(1)), Buffer.isBuffer(new Uint8Array(1)), Buffer.alloc(1) instanceof Uint8Array]", [True, False, True]),
        ("[Buffer.from([1]).equals(new Uint8Array([1])), Buffer.compare(Buffer.from([1, 2]), Buffer.from([1, 3]))]", [True, -1]),
        ("Buffer.from(bytes).indexOf('ll')", 2),
        ("JSON.stringify(Buffer.from([1]))", '{"type":"Buffer","data":[1]}'),
        ("atob('SGVsbG8=') + btoa('Hello')", "HelloSGVsbG8="),
        ("new TextDecoder().decode(new Uint8Array([0xe2, 0x82, 0xac]))", "€"),
        ("[...new TextEncoder().encode('€')]", [0xE2, 0x82, 0xAC]),
    ],
)  # fmt: skip
def test_what_makers_borrow(pool: CodecPool, expression: str, expected: Any) -> None:
    source = f"function decodeUplink({{bytes}}) {{ return {{data: {{value: {expression}}}}}; }}"
    given = {"bytes": list(b"Hell\xc3\xa9\xff\x00"), "fPort": 1}
    assert output(pool, source, "decodeUplink", given) == {"data": {"value": expected}}


def test_a_codec_may_bring_its_own_buffer(pool: CodecPool) -> None:
    source = (
        "const Buffer = {from: () => 'mine'}; function decodeUplink(i) { return {data: {a: Buffer.from(i.bytes)}}; }"
    )
    assert output(pool, source, "decodeUplink", {"bytes": []}) == {"data": {"a": "mine"}}


@pytest.mark.parametrize(
    ("function", "source", "kind"),
    [
        ("encodeDownlink", "function decodeUplink(i) { return {data: {}}; }", FailureKind.BROKEN),
        ("encodeDownlink", "function encodeDownlink(i) { throw new Error('no such command'); }", FailureKind.THROWN),
        ("encodeDownlink", "function encodeDownlink(i) { return [1, 2]; }", FailureKind.INVALID),
        ("encodeDownlink", "function encodeDownlink(i) { while (true); }", FailureKind.OVERRAN),
        ("encodeDownlink", "function encodeDownlink(i) { return /^(a+)+$/.test('a'.repeat(40) + 'b'); }", FailureKind.OVERRAN),
        ("decodeDownlink", "function decodeDownlink(i) { const a = 'a'.repeat(8e6); return {data: {n: a.indexOf('a'.repeat(4e6) + 'b')}}; }", FailureKind.OVERRAN),
        ("normalizeUplink", "function normalizeUplink(i) { const a = []; for (;;) a.push(new Uint8Array(1e6)); }", FailureKind.EXHAUSTED),
        ("normalizeUplink", "function normalizeUplink(i) { return normalizeUplink(i); }", FailureKind.THROWN),
        # The shim gives nothing more to be hostile with.
        ("decodeUplink", "function decodeUplink(i) { for (;;) Buffer.alloc(1e6).toString('hex'); }", FailureKind.OVERRAN),
        ("decodeUplink", "function decodeUplink(i) { return {data: {n: Buffer.alloc(1e9).length}}; }", FailureKind.EXHAUSTED),
        ("decodeUplink", "function decodeUplink(i) { const a = []; for (;;) a.push(Buffer.alloc(1e6)); }", FailureKind.EXHAUSTED),
        # Nor what is tried twice, as a script and as a module.
        ("decodeUplink", "/* exports */ while (true);", FailureKind.OVERRAN),
    ],
)  # fmt: skip
def test_failures_of_functions_cost_the_next_call_nothing(
    pool: CodecPool, function: str, source: str, kind: FailureKind
) -> None:
    program = Program(key=source, source=source)
    good = Program(key="good", source="function encodeDownlink(i) { return {bytes: [i.data.n], fPort: 1}; }")
    wrong, right = pool.decode(
        [
            Invocation(program=program, function=function, input={"bytes": [], "data": {}}),
            Invocation(program=good, function="encodeDownlink", input={"data": {"n": 4}}),
        ]
    )
    assert isinstance(wrong, Failure), wrong
    assert wrong.kind is kind, wrong
    assert isinstance(right, Success)
    assert right.data == {"bytes": [4], "fPort": 1}


def test_a_program_may_begin_anew_at_each_call(pool: CodecPool) -> None:
    source = "var n = 0; function decodeUplink(i) { n++; return {data: {n: n}}; }"
    warm, fresh = Program(key="warm", source=source), Program(key="fresh", source=source, fresh=True)
    calls = [
        Invocation(program=one, function="decodeUplink", input={}) for one in (warm, fresh, warm, fresh, fresh, warm)
    ]
    told = [answer.data["data"]["n"] for answer in pool.decode(calls) if isinstance(answer, Success)]
    assert told == [1, 1, 2, 1, 1, 3]


def test_run_tells_the_errors_of_an_answer(pool: CodecPool) -> None:
    program = Program(
        key="errors",
        source="function encodeDownlink(i) { return i.data.ok ? {bytes: [1], warnings: ['w']} : {errors: ['no', 'never']}; }",
    )
    refused = pool.run(program, "encodeDownlink", {"data": {}})
    assert refused == Failure(kind=FailureKind.THROWN, detail="no ; never")
    assert pool.run(program, "encodeDownlink", {"data": {"ok": True}}) == Success(
        data={"bytes": [1], "warnings": ["w"]}, warnings=("w",)
    )


def command(*arguments: str, lines: str) -> list[Any]:
    done = subprocess.run(
        [sys.executable, "-m", "parvis.project", "codec", "run", *arguments],
        input=lines.encode(),
        capture_output=True,
        check=True,
        timeout=60,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_command_answers_line_by_line(tmp_path: Path) -> None:
    file = tmp_path / "codec.js"
    file.write_text(
        "function decodeUplink(i) { if (i.fPort === 9) while (true); if (i.fPort === 8) throw new Error('no');"
        " return {data: {t: Buffer.from(i.bytes).readInt16BE(0) / 10, é: '€'}}; }"
        "function encodeDownlink(i) { return {bytes: [i.data.n], fPort: 1}; }"
    )
    lines = ['{"bytes": [0, 215], "fPort": 1}', "{", "[]", '{"fPort": 9}', "", '{"fPort": 8}', '{"bytes": [255, 246]}']
    good, wrong, list_, endless, thrown, after = command(str(file), lines="\n".join(lines))
    assert good == {"data": {"t": 21.5, "é": "€"}}
    assert wrong["error"].startswith("not JSON")
    assert list_ == {"error": "the input is not a JSON object"}
    assert endless == {"error": "overran"}
    assert thrown["error"].startswith("thrown: Error: no")
    assert after == {"data": {"t": -1.0, "é": "€"}}
    counting = tmp_path / "counting.js"
    counting.write_text("var n = 0; function decodeUplink(i) { n++; return {data: {n: n}}; }")
    assert command(str(counting), lines="{}\n{}") == [{"data": {"n": 1}}] * 2
    assert command(str(file), "--function", "encodeDownlink", lines='{"data": {"n": 3}}') == [
        {"bytes": [3], "fPort": 1}
    ]
