// Ultrasonic bin level sensor. Port 12, 3 bytes:
//   0  filling level, % (255: the echo was lost)
//   1  temperature in the bin, °C, signed
//   2  battery, %
function decodeUplink(input) {
  var bytes = input.bytes;
  if (input.fPort !== 12 || bytes.length !== 3) return { errors: ["expected 3 bytes on port 12"] };
  var data = { temperature: (bytes[1] << 24) >> 24, battery: bytes[2] };
  var warnings = [];
  if (bytes[0] === 255) warnings.push("echo lost");
  else data.level = bytes[0];
  return { data: data, warnings: warnings };
}
