// Street lamp controller. Port 10, 5 bytes, big-endian:
//   0    bit 0: lit; bits 1-3: fault (0 none, 1 lamp, 2 column, 3 lantern)
//   1    dimming level, % of full light
//   2-3  active power, 0.1 W
//   4    luminaire temperature, °C, signed
var FAULTS = ["ok", "defectiveLamp", "columnIssue", "brokenLantern"];

function decodeUplink(input) {
  var bytes = input.bytes;
  if (input.fPort !== 10 || bytes.length !== 5) return { errors: ["expected 5 bytes on port 10"] };
  var lit = (bytes[0] & 1) === 1;
  return {
    data: {
      powerState: !lit ? "off" : bytes[1] < 50 ? "low" : "on",
      status: FAULTS[(bytes[0] >> 1) & 7] || "defectiveLamp",
      dimming: bytes[1],
      power: ((bytes[2] << 8) | bytes[3]) / 10,
      temperature: (bytes[4] << 24) >> 24,
    },
  };
}

// {dimming: 0 to 100}: the level to hold until further notice. Port 11, 1 byte.
function encodeDownlink(input) {
  var level = input.data.dimming;
  if (typeof level !== "number" || !(level >= 0 && level <= 100)) return { errors: ["expected dimming, 0 to 100 %"] };
  return { bytes: [Math.round(level)], fPort: 11 };
}
