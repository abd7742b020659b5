// Car park counter. Port 11, 6 bytes, big-endian:
//   0-1  free spaces
//   2-3  vehicles entered since the last uplink
//   4-5  vehicles gone since the last uplink
function decodeUplink(input) {
  var bytes = input.bytes;
  if (input.fPort !== 11 || bytes.length !== 6) return { errors: ["expected 6 bytes on port 11"] };
  return {
    data: {
      free: (bytes[0] << 8) | bytes[1],
      entered: (bytes[2] << 8) | bytes[3],
      gone: (bytes[4] << 8) | bytes[5],
    },
  };
}
