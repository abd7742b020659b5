// Evaluated first in every context, before any line of the codec: it keeps the natives that a codec might patch
// and answers a function that wraps the codec's own. Text in, text out, so that nothing but JSON crosses the border.
(function () {
  "use strict";
  const parse = JSON.parse;
  const stringify = JSON.stringify;
  const Instant = Date;
  const isArray = Array.isArray;
  const silent = function () {};
  // Makers leave their traces in: they go nowhere.
  globalThis.console = { log: silent, info: silent, warn: silent, error: silent, debug: silent };

  const forms = {
    // LoRa Alliance TS013.
    decodeUplink: (decode, bytes, fPort, atMs) => decode({ bytes, fPort, recvTime: new Instant(atMs) }),
    // ChirpStack before v4.
    Decode: (decode, bytes, fPort) => ({ data: decode(fPort, bytes, {}) }),
    // The Things Network v2.
    Decoder: (decode, bytes, fPort) => ({ data: decode(bytes, fPort) }),
  };

  return function (decode, form, mostLetters) {
    const call = forms[form];
    return function (bytes, fPort, atMs) {
      const answer = call(decode, parse(bytes), fPort, atMs);
      if (answer === null || typeof answer !== "object" || isArray(answer)) return "not an object";
      const text = stringify(answer);
      if (typeof text !== "string") return "not JSON";
      return text.length > mostLetters ? "too large: " + text.length : text;
    };
  };
})();
