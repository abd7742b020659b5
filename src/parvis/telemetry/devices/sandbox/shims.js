// What makers' codecs borrow from Node.js and browsers, on the engine's own Uint8Array: Buffer, atob, btoa, TextDecoder and
// TextEncoder. Evaluated only for a codec whose text names one of them.
(function () {
  "use strict";

  const INVALID = "\ufffd";
  const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const BASE64_URL = BASE64.slice(0, 62) + "-_";
  const SEXTET = {};
  for (let value = 0; value < 64; value++) SEXTET[BASE64[value]] = SEXTET[BASE64_URL[value]] = value;

  // --- Text to bytes ------------------------------------------------------------------------------------------------

  function utf8Bytes(text) {
    const bytes = [];
    for (const letter of text) {
      let code = letter.codePointAt(0);
      if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd; // a surrogate alone
      if (code < 0x80) bytes.push(code);
      else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
      else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
      else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    }
    return bytes;
  }

  function latin1Bytes(text) {
    const bytes = new Uint8Array(text.length);
    for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
    return bytes;
  }

  // As Node.js: up to the first pair that is not hexadecimal.
  function hexBytes(text) {
    const bytes = [];
    for (let at = 0; at + 1 < text.length; at += 2) {
      const pair = text.slice(at, at + 2);
      if (!/^[0-9a-f]{2}$/i.test(pair)) break;
      bytes.push(parseInt(pair, 16));
    }
    return bytes;
  }

  // As Node.js: both alphabets, whatever is no digit is skipped, "=" ends it.
  function base64Bytes(text) {
    const bytes = [];
    let bits = 0;
    let held = 0;
    for (const letter of text) {
      if (letter === "=") break;
      const value = SEXTET[letter];
      if (value === undefined) continue;
      bits = ((bits << 6) | value) & 0xffffff;
      held += 6;
      if (held >= 8) {
        held -= 8;
        bytes.push((bits >> held) & 255);
      }
    }
    return bytes;
  }

  function utf16Bytes(text) {
    const bytes = new Uint8Array(text.length * 2);
    for (let at = 0; at < text.length; at++) {
      bytes[2 * at] = text.charCodeAt(at) & 255;
      bytes[2 * at + 1] = text.charCodeAt(at) >> 8;
    }
    return bytes;
  }

  // --- Bytes to text ------------------------------------------------------------------------------------------------

  function letters(bytes, mask) {
    let text = "";
    for (let at = 0; at < bytes.length; at++) text += String.fromCharCode(bytes[at] & mask);
    return text;
  }

  // WHATWG Encoding, the UTF-8 decoder: one replacement for each longest wrong beginning.
  function utf8Text(bytes, fatal) {
    let text = "";
    let code = 0;
    let needed = 0;
    let least = 0x80;
    let most = 0xbf;
    const wrong = () => {
      if (fatal) throw new TypeError("The encoded data was not valid for encoding utf-8");
      text += INVALID;
    };
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at];
      if (needed) {
        if (byte >= least && byte <= most) {
          code = (code << 6) | (byte & 63);
          needed--;
          if (!needed) text += String.fromCodePoint(code);
        } else {
          needed = 0;
          wrong();
          at--; // this one begins something else
        }
        least = 0x80;
        most = 0xbf;
      } else if (byte < 0x80) text += String.fromCharCode(byte);
      else if (byte >= 0xc2 && byte <= 0xdf) [needed, code] = [1, byte & 31];
      else if (byte >= 0xe0 && byte <= 0xef) {
        [needed, code] = [2, byte & 15];
        if (byte === 0xe0) least = 0xa0;
        if (byte === 0xed) most = 0x9f;
      } else if (byte >= 0xf0 && byte <= 0xf4) {
        [needed, code] = [3, byte & 7];
        if (byte === 0xf0) least = 0x90;
        if (byte === 0xf4) most = 0x8f;
      } else wrong();
    }
    if (needed) wrong();
    return text;
  }

  function hexText(bytes) {
    let text = "";
    for (let at = 0; at < bytes.length; at++) text += (bytes[at] < 16 ? "0" : "") + bytes[at].toString(16);
    return text;
  }

  function base64Text(bytes, alphabet, padding) {
    let text = "";
    for (let at = 0; at < bytes.length; at += 3) {
      const left = bytes.length - at;
      const three = (bytes[at] << 16) | ((bytes[at + 1] || 0) << 8) | (bytes[at + 2] || 0);
      text += alphabet[three >> 18] + alphabet[(three >> 12) & 63];
      text += left > 1 ? alphabet[(three >> 6) & 63] : padding;
      text += left > 2 ? alphabet[three & 63] : padding;
    }
    return text;
  }

  function utf16Text(bytes) {
    let text = "";
    for (let at = 0; at + 1 < bytes.length; at += 2) text += String.fromCharCode(bytes[at] | (bytes[at + 1] << 8));
    return text;
  }

  // --- Encodings by name --------------------------------------------------------------------------------------------

  const utf8 = { bytes: utf8Bytes, text: (bytes) => utf8Text(bytes, false) };
  const latin1 = { bytes: latin1Bytes, text: (bytes) => letters(bytes, 255) };
  const utf16 = { bytes: utf16Bytes, text: utf16Text };
  const ENCODINGS = {
    utf8,
    "utf-8": utf8,
    hex: { bytes: hexBytes, text: hexText },
    base64: { bytes: base64Bytes, text: (bytes) => base64Text(bytes, BASE64, "=") },
    base64url: { bytes: base64Bytes, text: (bytes) => base64Text(bytes, BASE64_URL, "") },
    ascii: { bytes: latin1Bytes, text: (bytes) => letters(bytes, 127) },
    latin1,
    binary: latin1,
    ucs2: utf16,
    "ucs-2": utf16,
    utf16le: utf16,
    "utf-16le": utf16,
  };

  function encoding(name) {
    const found = ENCODINGS[String(name === undefined || name === null ? "utf8" : name).toLowerCase()];
    if (!found) throw new TypeError("Unknown encoding: " + name);
    return found;
  }

  // --- Buffer -------------------------------------------------------------------------------------------------------

  const asBuffer = (bytes) => Object.setPrototypeOf(bytes, Buffer.prototype);
  const isBytes = (value) => value instanceof Uint8Array;

  // Called with `new` or without, by older codecs.
  function Buffer(value, encodingOrOffset, length) {
    return typeof value === "number" ? Buffer.alloc(value) : Buffer.from(value, encodingOrOffset, length);
  }
  Object.setPrototypeOf(Buffer, Uint8Array);
  Buffer.prototype = Object.create(Uint8Array.prototype, {
    constructor: { value: Buffer, writable: true, configurable: true },
  });

  function bytesOf(value, name) {
    if (isBytes(value)) return value;
    if (typeof value === "string") return encoding(name).bytes(value);
    throw new TypeError("The argument must be a string, a Buffer or an Uint8Array");
  }

  function outOfRange(name, least, most, value) {
    const range = "It must be >= " + least + " and <= " + most + ". Received " + String(value);
    return new RangeError('The value of "' + name + '" is out of range. ' + range);
  }

  const statics = {
    from(value, encodingOrOffset, length) {
      if (typeof value === "string") return asBuffer(new Uint8Array(encoding(encodingOrOffset).bytes(value)));
      if (value instanceof ArrayBuffer) return asBuffer(new Uint8Array(value, encodingOrOffset, length));
      if (value === null || (typeof value !== "object" && typeof value !== "function"))
        throw new TypeError("The first argument must be a string, a Buffer, an ArrayBuffer, an Array or an Array-like Object");
      if (value.type === "Buffer" && Array.isArray(value.data)) return asBuffer(Uint8Array.from(value.data));
      const primitive = value.valueOf();
      if (primitive !== value && primitive !== null && primitive !== undefined)
        return Buffer.from(primitive, encodingOrOffset, length);
      if (value.length === undefined) throw new TypeError("The first argument has no bytes");
      return asBuffer(Uint8Array.from(value));
    },
    of: (...values) => asBuffer(Uint8Array.from(values)),
    alloc(size, fill, name) {
      if (typeof size !== "number") throw new TypeError('The "size" argument must be of type number');
      if (!(size >= 0)) throw outOfRange("size", 0, 9007199254740991, size);
      const made = asBuffer(new Uint8Array(size));
      return fill === undefined || fill === 0 ? made : made.fill(fill, name);
    },
    allocUnsafe: (size) => Buffer.alloc(size),
    allocUnsafeSlow: (size) => Buffer.alloc(size),
    concat(list, totalLength) {
      if (totalLength === undefined) totalLength = list.reduce((sum, one) => sum + one.length, 0);
      const made = Buffer.alloc(totalLength);
      let at = 0;
      for (const one of list) {
        if (at >= totalLength) break;
        made.set(one.length > totalLength - at ? one.subarray(0, totalLength - at) : one, at);
        at += one.length;
      }
      return made;
    },
    isBuffer: (value) => value instanceof Buffer,
    isEncoding: (name) => typeof name === "string" && name.toLowerCase() in ENCODINGS,
    byteLength: (value, name) => (typeof value === "string" ? encoding(name).bytes(value).length : value.byteLength),
    compare(one, other) {
      const shared = Math.min(one.length, other.length);
      for (let at = 0; at < shared; at++) if (one[at] !== other[at]) return one[at] < other[at] ? -1 : 1;
      return Math.sign(one.length - other.length);
    },
  };

  const bound = (value, otherwise, length) => {
    if (value === undefined) return otherwise;
    value = Math.trunc(Number(value)) || 0;
    return Math.max(0, Math.min(value, length));
  };
  const boundFromEnd = (value, otherwise, length) =>
    value < 0 ? Math.max(0, length + Math.trunc(value)) : bound(value, otherwise, length);

  const methods = {
    toString(name, start, end) {
      start = bound(start, 0, this.length);
      end = bound(end, this.length, this.length);
      return end <= start ? "" : encoding(name).text(this.subarray(start, end));
    },
    toLocaleString(name, start, end) {
      return this.toString(name, start, end);
    },
    toJSON() {
      return { type: "Buffer", data: Array.from(this) };
    },
    // Both are views of the same bytes, as in Node.js.
    slice(start, end) {
      return this.subarray(start, end);
    },
    subarray(start, end) {
      start = boundFromEnd(start, 0, this.length);
      end = boundFromEnd(end, this.length, this.length);
      return asBuffer(new Uint8Array(this.buffer, this.byteOffset + start, Math.max(0, end - start)));
    },
    equals(other) {
      return Buffer.compare(this, other) === 0;
    },
    compare(target, targetStart, targetEnd, start, end) {
      const theirs = target.subarray(bound(targetStart, 0, target.length), bound(targetEnd, target.length, target.length));
      return Buffer.compare(this.subarray(bound(start, 0, this.length), bound(end, this.length, this.length)), theirs);
    },
    copy(target, targetStart, start, end) {
      targetStart = bound(targetStart, 0, target.length);
      const part = this.subarray(bound(start, 0, this.length), bound(end, this.length, this.length));
      const fitting = part.subarray(0, target.length - targetStart);
      target.set(fitting, targetStart);
      return fitting.length;
    },
    fill(value, start, end, name) {
      if (typeof start === "string") [name, start, end] = [start, undefined, undefined];
      else if (typeof end === "string") [name, end] = [end, undefined];
      start = bound(start, 0, this.length);
      end = bound(end, this.length, this.length);
      const given = typeof value === "string" || isBytes(value) ? bytesOf(value, name) : [Number(value)];
      const pattern = given.length ? given : [0];
      for (let at = start; at < end; at++) this[at] = pattern[(at - start) % pattern.length];
      return this;
    },
    write(text, offset, length, name) {
      if (typeof offset === "string") [name, offset, length] = [offset, undefined, undefined];
      else if (typeof length === "string") [name, length] = [length, undefined];
      offset = bound(offset, 0, this.length);
      const bytes = encoding(name).bytes(String(text));
      const written = Math.min(bytes.length, bound(length, this.length, this.length), this.length - offset);
      for (let at = 0; at < written; at++) this[offset + at] = bytes[at];
      return written;
    },
    indexOf(value, from, name) {
      if (typeof from === "string") [name, from] = [from, undefined];
      from = boundFromEnd(from, 0, this.length);
      const wanted = typeof value === "number" ? [value & 255] : bytesOf(value, name);
      for (let at = from; at + wanted.length <= this.length; at++) if (matches(this, at, wanted)) return at;
      return -1;
    },
    lastIndexOf(value, from, name) {
      if (typeof from === "string") [name, from] = [from, undefined];
      const wanted = typeof value === "number" ? [value & 255] : bytesOf(value, name);
      from = boundFromEnd(from, this.length, this.length);
      for (let at = Math.min(from, this.length - wanted.length); at >= 0; at--) if (matches(this, at, wanted)) return at;
      return -1;
    },
    includes(value, from, name) {
      return this.indexOf(value, from, name) !== -1;
    },
  };

  function matches(bytes, at, wanted) {
    for (let n = 0; n < wanted.length; n++) if (bytes[at + n] !== wanted[n]) return false;
    return true;
  }

  function viewOf(bytes, offset, size) {
    if (offset === undefined) offset = 0;
    if (typeof offset !== "number") throw new TypeError('The "offset" argument must be of type number');
    if (bytes.length < size) throw new RangeError("Attempt to access memory outside buffer bounds");
    if (!Number.isInteger(offset) || offset < 0 || offset + size > bytes.length)
      throw outOfRange("offset", 0, bytes.length - size, offset);
    return new DataView(bytes.buffer, bytes.byteOffset + offset, size);
  }

  // Name in Node.js, name in DataView, bytes, least and most value of an integer.
  const NUMBERS = [
    ["UInt8", "Uint8", 1, 0, 255],
    ["Int8", "Int8", 1, -128, 127],
    ["UInt16", "Uint16", 2, 0, 65535],
    ["Int16", "Int16", 2, -32768, 32767],
    ["UInt32", "Uint32", 4, 0, 4294967295],
    ["Int32", "Int32", 4, -2147483648, 2147483647],
    ["BigUInt64", "BigUint64", 8, 0n, 2n ** 64n - 1n],
    ["BigInt64", "BigInt64", 8, -(2n ** 63n), 2n ** 63n - 1n],
    ["Float", "Float32", 4],
    ["Double", "Float64", 8],
  ];

  function addNumber([name, kind, size, least, most], little, ending) {
    function read(offset) {
      return viewOf(this, offset, size)["get" + kind](0, little);
    }
    function write(value, offset) {
      if (least !== undefined) {
        if (typeof least === "number") value = Number(value);
        if (value > most || value < least) throw outOfRange("value", least, most, value);
      }
      viewOf(this, offset, size)["set" + kind](0, value, little);
      return (offset || 0) + size;
    }
    for (const known of new Set([name, name.replace("UInt", "Uint")])) {
      methods["read" + known + ending] = read;
      methods["write" + known + ending] = write;
    }
  }

  for (const number of NUMBERS) {
    if (number[2] === 1) addNumber(number, true, "");
    else {
      addNumber(number, true, "LE");
      addNumber(number, false, "BE");
    }
  }

  // Integers of one to six bytes.
  function addLongNumber(signed, little) {
    const names = signed ? ["Int"] : ["UInt", "Uint"];
    const ending = little ? "LE" : "BE";
    const checked = (size) => {
      if (!Number.isInteger(size) || size < 1 || size > 6) throw outOfRange("byteLength", 1, 6, size);
    };
    function read(offset, size) {
      checked(size);
      const view = viewOf(this, offset, size);
      let value = 0;
      for (let at = 0; at < size; at++) value = value * 256 + view.getUint8(little ? size - 1 - at : at);
      return signed && value >= 2 ** (8 * size - 1) ? value - 2 ** (8 * size) : value;
    }
    function write(value, offset, size) {
      checked(size);
      const least = signed ? -(2 ** (8 * size - 1)) : 0;
      const most = signed ? 2 ** (8 * size - 1) - 1 : 2 ** (8 * size) - 1;
      value = Math.trunc(Number(value)) || 0;
      if (value > most || value < least) throw outOfRange("value", least, most, value);
      const view = viewOf(this, offset, size);
      let left = value < 0 ? value + 2 ** (8 * size) : value;
      for (let at = 0; at < size; at++) {
        view.setUint8(little ? at : size - 1 - at, left % 256);
        left = Math.floor(left / 256);
      }
      return (offset || 0) + size;
    }
    for (const name of names) {
      methods["read" + name + ending] = read;
      methods["write" + name + ending] = write;
    }
  }
  for (const signed of [true, false]) for (const little of [true, false]) addLongNumber(signed, little);

  function addSwap(bits) {
    const size = bits / 8;
    methods["swap" + bits] = function () {
      if (this.length % size) throw new RangeError("Buffer size must be a multiple of " + bits + "-bits");
      for (let at = 0; at < this.length; at += size) this.subarray(at, at + size).reverse();
      return this;
    };
  }
  [16, 32, 64].forEach(addSwap);

  const hidden = (object, values) => {
    for (const name of Object.keys(values))
      Object.defineProperty(object, name, { value: values[name], enumerable: false, writable: true, configurable: true });
  };
  hidden(Buffer, statics);
  hidden(Buffer.prototype, methods);

  // --- From browsers ------------------------------------------------------------------------------------------------

  class TextDecoder {
    constructor(label = "utf-8", options = {}) {
      const name = String(label).trim().toLowerCase();
      this.encoding = name === "utf8" ? "utf-8" : name;
      this.fatal = Boolean(options.fatal);
      this.ignoreBOM = Boolean(options.ignoreBOM);
      encoding(this.encoding);
    }
    decode(input) {
      if (input === undefined) return "";
      const bytes = ArrayBuffer.isView(input)
        ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
        : new Uint8Array(input);
      if (this.encoding !== "utf-8") return (this.encoding === "ascii" ? latin1 : encoding(this.encoding)).text(bytes);
      const text = utf8Text(bytes, this.fatal);
      return !this.ignoreBOM && text[0] === "\ufeff" ? text.slice(1) : text;
    }
  }

  class TextEncoder {
    get encoding() {
      return "utf-8";
    }
    encode(text = "") {
      return new Uint8Array(utf8Bytes(String(text)));
    }
  }

  function invalidCharacter(message) {
    const error = new Error(message);
    error.name = "InvalidCharacterError";
    return error;
  }

  function atob(text) {
    let digits = String(text).replace(/[\t\n\f\r ]/g, "");
    if (digits.length % 4 === 0) digits = digits.replace(/={1,2}$/, "");
    if (digits.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(digits)) throw invalidCharacter("The string is not correctly encoded");
    return letters(base64Bytes(digits), 255);
  }

  function btoa(text) {
    text = String(text);
    for (let at = 0; at < text.length; at++)
      if (text.charCodeAt(at) > 255) throw invalidCharacter("The string has a character outside of Latin-1");
    return base64Text(latin1Bytes(text), BASE64, "=");
  }

  hidden(globalThis, { Buffer, TextDecoder, TextEncoder, atob, btoa });
})();
