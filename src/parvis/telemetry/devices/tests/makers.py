"""Codecs in the layouts in which makers publish them; all ours."""

import io
import zipfile
from collections.abc import Mapping

DECODER = """
function decodeUplink(input) {
  if (input.fPort !== 1) return {errors: ['unknown port']};
  return {data: {level: (input.bytes[0] << 8) | input.bytes[1], open: input.bytes[2] === 1}};
}
function normalizeUplink(input) { return {data: {water: {level: input.data.level / 1000}}}; }
"""
ENCODER = """
function encodeDownlink(input) {
  if (input.data.valve === undefined) return {errors: ['no command']};
  return {bytes: [input.data.valve === 'on' ? 1 : 0], fPort: 2};
}
"""
CODEC_YAML = """
uplinkDecoder:
  fileName: gauge.js
  examples:
    - description: 300 mm, closed
      input:
        fPort: 1
        bytes: [0x01, 0x2C, 00]
        recvTime: 2026-01-01T00:00:00Z
      output:
        data: {level: 300, open: false}
      normalizedOutput:
        data:
          - water:
              level: 0.3
    - description: unknown port
      input: {fPort: 9, bytes: [1]}
      output:
        errors: ['unknown port']
downlinkEncoder:
  fileName: ../shared/valve.js
  examples:
    - description: open
      input: {data: {valve: on}}
      output: {bytes: [1], fPort: 2}
"""
DEVICE_REPOSITORY = {
    "vendor/parvis/index.yaml": b"endDevices: [gauge]",
    "vendor/parvis/gauge.yaml": b"name: Gauge\nfirmwareVersions: []\n",
    "vendor/parvis/gauge-codec.yaml": CODEC_YAML.encode(),
    "vendor/parvis/gauge.js": DECODER.encode(),
    "vendor/shared/valve.js": ENCODER.encode(),
    "vendor/parvis/gauge.png": b"\x89PNG",
}

# Hexadecimal numbers are no JSON, and ChirpStack's examples have them.
TEST_DECODE = """[
\t{"name": "300 mm", "input": {"fPort": 1, "bytes": [0x01, 0x2c, 0x01]}, "expected": {"data": {"level": 300, "open": true}}},
\t{"name": "wrong on purpose", "input": {"fPort": 1, "bytes": [0, 1, 0]}, "expected": {"data": {"level": 2, "open": false}}}
]"""
TEST_ENCODE = '[{"name": "open", "input": {"data": {"valve": "on"}}, "expected": {"bytes": [1]}}]'
DEVICE_PROFILES = {
    "vendors/parvis/vendor.toml": b'[vendor]\nname = "Parvis"\n',
    "vendors/parvis/devices/gauge.toml": b'[device]\nname = "Gauge"\n[[device.firmware]]\nversion = "1"\ncodec = "gauge.js"\n',
    "vendors/parvis/codecs/gauge.js": (DECODER + ENCODER).encode(),
    "vendors/parvis/codecs/test_decode_gauge.json": TEST_DECODE.encode(),
    "vendors/parvis/codecs/test_encode_gauge.json": TEST_ENCODE.encode(),
}


def zipped(files: Mapping[str, bytes]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in files.items():
            opened.writestr(name, data)
    return archive.getvalue()
