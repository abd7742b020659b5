// Air quality station. Port 14, 9 bytes, big-endian:
//   0-1  PM10, 0.1 µg/m³
//   2-3  PM2.5, 0.1 µg/m³
//   4-5  NO2, 0.1 µg/m³
//   6-7  temperature, 0.1 °C, signed
//   8    relative humidity, 0.5 %
function decodeUplink(input) {
  var bytes = input.bytes;
  if (input.fPort !== 14 || bytes.length !== 9) return { errors: ["expected 9 bytes on port 14"] };
  function unsigned(at) {
    return (bytes[at] << 8) | bytes[at + 1];
  }
  return {
    data: {
      pm10: unsigned(0) / 10,
      pm25: unsigned(2) / 10,
      no2: unsigned(4) / 10,
      temperature: (((bytes[6] << 24) >> 16) | bytes[7]) / 10,
      humidity: bytes[8] / 2,
    },
  };
}
