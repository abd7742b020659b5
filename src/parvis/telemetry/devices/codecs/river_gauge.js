// Radar river gauge. Port 13, 4 bytes, big-endian:
//   0-1  level above the gauge's zero, mm, signed
//   2-3  battery, mV
function decodeUplink(input) {
  var bytes = input.bytes;
  if (input.fPort !== 13 || bytes.length !== 4) return { errors: ["expected 4 bytes on port 13"] };
  return {
    data: {
      level: ((bytes[0] << 24) >> 16) | bytes[1],
      battery: (bytes[2] << 8) | bytes[3],
    },
  };
}
