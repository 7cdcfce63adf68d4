// One deflate block (RFC 1951) in a zlib stream (RFC 1950) for the lines of a small image. A general compressor spends
// more on its tables than on so few pixels; here matches are looked for only where an image of flat objects has them:
// at the byte before, and in the line above.

const ZLIB_HEADER = [0x78, 0x01]; // a window of 32 KiB, no dictionary
const ADLER_BYTES = 4;
const ADLER_MODULUS = 65521;
const STORED_BYTES = 5;
const STORED_MAX = 65535;
const FINAL_FIXED = 0b011;
const FINAL_FIXED_BITS = 3;
const END_OF_BLOCK_BITS = 7; // zeros
const TURN_BYTES = 8; // the most that one turn and the end of the block write
const MIN_MATCH = 3;
const MAX_MATCH = 258;

/** Deflates lines of one length and number; the bytes depend on nothing but theirs. */
export interface LineDeflater {
  /** No stream becomes longer. */
  readonly maxBytes: number;
  /** Writes the stream of `lines` to `out`, which has room for `maxBytes` from `start`; returns where it ends. */
  deflateInto(lines: Uint8Array, out: Uint8Array, start: number): number;
}

/** For `lineCount` lines of `lineBytes`. Throws when one block cannot hold them. */
export function createLineDeflater(lineBytes: number, lineCount: number): LineDeflater {
  const byteLength = lineBytes * lineCount;
  if (byteLength > STORED_MAX) throw new Error(`Cannot deflate ${byteLength} bytes: expected at most ${STORED_MAX}`);
  const nearest = distanceCode(1);
  const above = distanceCode(lineBytes);
  const maxBlock = STORED_BYTES + byteLength;

  /** How many bytes from `at` on are the same as those from `from` on, as far as one match can tell. */
  const matchLength = (lines: Uint8Array, from: number, at: number): number => {
    const limit = Math.min(MAX_MATCH, byteLength - at);
    let length = 0;
    while (length < limit && lines[from + length] === lines[at + length]) length++;
    return length;
  };

  return {
    maxBytes: ZLIB_HEADER.length + maxBlock + ADLER_BYTES,
    deflateInto(lines, out, start) {
      out.set(ZLIB_HEADER, start);
      const block = start + ZLIB_HEADER.length;
      const limit = block + maxBlock;
      let at = block;
      let bits = FINAL_FIXED;
      let bitCount = FINAL_FIXED_BITS;
      let i = 0;
      while (i < byteLength && at + TURN_BYTES <= limit) {
        const run = i > 0 ? matchLength(lines, i - 1, i) : 0;
        const copy = i >= lineBytes && run < MAX_MATCH ? matchLength(lines, i - lineBytes, i) : 0;
        const length = Math.max(run, copy);
        const code = length < MIN_MATCH ? literals[lines[i]!]! : matches[length]!;
        bits |= bitsOf(code) << bitCount;
        bitCount += lengthOf(code);
        for (; bitCount >= 8; bitCount -= 8, bits >>>= 8) out[at++] = bits;
        if (length >= MIN_MATCH) {
          const distance = copy > run ? above : nearest;
          bits |= bitsOf(distance) << bitCount;
          bitCount += lengthOf(distance);
          for (; bitCount >= 8; bitCount -= 8, bits >>>= 8) out[at++] = bits;
        }
        i += length < MIN_MATCH ? 1 : length;
      }
      if (i < byteLength) return writeAdler32(lines, out, storeInto(lines, out, block));
      bitCount += END_OF_BLOCK_BITS;
      for (; bitCount > 0; bitCount -= 8, bits >>>= 8) out[at++] = bits;
      return writeAdler32(lines, out, at);
    },
  };
}

/** A final block that holds the bytes as they are; returns where it ends. */
function storeInto(bytes: Uint8Array, out: Uint8Array, at: number): number {
  const [low, high] = [bytes.length & 255, bytes.length >> 8];
  out.set([1, low, high, low ^ 255, high ^ 255], at);
  out.set(bytes, at + STORED_BYTES);
  return at + STORED_BYTES + bytes.length;
}

function writeAdler32(bytes: Uint8Array, out: Uint8Array, at: number): number {
  let a = 1;
  let b = 0; // below 2^40 for the bytes of one block
  for (let i = 0; i < bytes.length; i++) {
    a += bytes[i]!;
    b += a;
  }
  a %= ADLER_MODULUS;
  b %= ADLER_MODULUS;
  out[at] = b >> 8;
  out[at + 1] = b;
  out[at + 2] = a >> 8;
  out[at + 3] = a;
  return at + ADLER_BYTES;
}

// A code as one number: its bits as they enter the stream, the first one lowest, and how many they are from bit 24 on.
const pack = (bits: number, length: number): number => bits | (length << 24);
const bitsOf = (packed: number): number => packed & 0xffffff;
const lengthOf = (packed: number): number => packed >> 24;

/** A Huffman code of `length` bits, which enters the stream from its highest bit, and the extra bits after it. */
function huffman(bits: number, length: number, extra = 0, extraLength = 0): number {
  let reversed = 0;
  for (let bit = 0; bit < length; bit++) reversed |= ((bits >> bit) & 1) << (length - 1 - bit);
  return pack(reversed | (extra << length), length + extraLength);
}

// RFC 1951, 3.2.6: the fixed codes.
const literals = Uint32Array.from({ length: 256 }, (_, value) =>
  value < 144 ? huffman(0x30 + value, 8) : huffman(0x190 + value - 144, 9),
);

// RFC 1951, 3.2.5: by length.
const matches = new Uint32Array(MAX_MATCH + 1);
for (let symbol = 257, length = MIN_MATCH; symbol < 285; symbol++) {
  const extraLength = Math.max(0, (symbol - 261) >> 2);
  for (let extra = 0; extra < 1 << extraLength; extra++) {
    matches[length++] = lengthCode(symbol, extra, extraLength);
  }
}
matches[MAX_MATCH] = lengthCode(285, 0, 0);

function lengthCode(symbol: number, extra: number, extraLength: number): number {
  return symbol < 280
    ? huffman(symbol - 256, 7, extra, extraLength)
    : huffman(0xc0 + symbol - 280, 8, extra, extraLength);
}

function distanceCode(distance: number): number {
  let first = 1;
  for (let symbol = 0; ; symbol++) {
    const extraLength = Math.max(0, (symbol >> 1) - 1);
    if (distance < first + (1 << extraLength)) return huffman(symbol, 5, distance - first, extraLength);
    first += 1 << extraLength;
  }
}
