// Evaluated first in every context, before any line of the codec: it keeps the natives that a codec might patch
// and answers a function that wraps the codec's own. Text in, text out, so that nothing but JSON crosses the border.
(function () {
  "use strict";
  const parse = JSON.parse;
  const stringify = JSON.stringify;
  const Instant = Date;
  const isArray = Array.isArray;
  const toArray = Array.from;
  const isView = ArrayBuffer.isView;
  const silent = function () {};
  // Makers leave their traces in: they go nowhere.
  globalThis.console = {};
  for (const name of ["log", "info", "warn", "error", "debug", "trace", "table", "dir"]) console[name] = silent;

  // Uplinks as they come, a million times a day: only what is asked for is built.
  const decoding = {
    // LoRa Alliance TS013; `variables` is ChirpStack's.
    decodeUplink: (decode, bytes, fPort, atMs) => decode({ bytes, fPort, recvTime: new Instant(atMs), variables: {} }),
    // ChirpStack before v4.
    Decode: (decode, bytes, fPort) => ({ data: decode(fPort, bytes, {}) }),
    // The Things Network v2.
    Decoder: (decode, bytes, fPort) => ({ data: decode(bytes, fPort) }),
  };

  // Any function of TS013 by its whole input object, and what stood for it before.
  const older = {
    Decode: (run, input) => ({ data: run(input.fPort, input.bytes, input.variables || {}) }),
    Decoder: (run, input) => ({ data: run(input.bytes, input.fPort) }),
    Encode: (run, input) => ({ bytes: run(input.fPort, input.data, input.variables || {}), fPort: input.fPort }),
    Encoder: (run, input) => ({ bytes: run(input.data, input.fPort), fPort: input.fPort }),
  };

  // Nothing is added to what is given: a codec may answer otherwise when it knows the time, and its maker's examples say so.
  const completed = (input) => {
    if (input.recvTime === undefined) return input;
    const instant = new Instant(input.recvTime);
    if (instant.getTime() === instant.getTime()) input.recvTime = instant;
    return input;
  };

  const told = (answer, mostLetters) => {
    if (answer === null || typeof answer !== "object" || isArray(answer)) return "not an object";
    const text = stringify(answer);
    if (typeof text !== "string") return "not JSON";
    return text.length > mostLetters ? "too large: " + text.length : text;
  };

  return function (codec, form, mostLetters, whole) {
    if (!whole) {
      const decode = decoding[form];
      return (bytes, fPort, atMs) => told(decode(codec, parse(bytes), fPort, atMs), mostLetters);
    }
    const run = older[form] || ((codec, input) => codec(input));
    return (text) => {
      const answer = run(codec, completed(parse(text)));
      // Bytes to be sent are a list, whatever the codec keeps them in.
      if (answer && isView(answer.bytes)) answer.bytes = toArray(answer.bytes);
      return told(answer, mostLetters);
    };
  };
})();
