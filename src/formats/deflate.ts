import { Deflate } from "fflate/browser"; // the same functions, without a start-up that looks for Node's threads
import { joinBytes } from "./bytes.ts";

/** How far back a deflate stream may refer, in bytes. */
export const DEFLATE_WINDOW = 32768;

/** What ends a stream made of pieces: an empty final block. */
export const deflateEnd: Uint8Array = Uint8Array.of(3, 0);

/** From fast to small; fflate's scale, like zlib's. */
export type DeflateLevel = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

const DEFAULT_LEVEL: DeflateLevel = 6;

const MIN_MATCH = 3; // RFC 1951: no reference stands for fewer bytes
const HASH_MEMORY = 8; // what fflate takes for streams; its choice for the last piece would pass through Math.log
const STORED_MAX = 65535;
const EMPTY = new Uint8Array(0);

/**
 * The raw deflate bytes of `chunk` as one piece of a longer stream.
 *
 * Pieces are made independently and joined by concatenation, `deflateEnd` after the last: each begins and ends at a byte
 * boundary and none is final. `history` is what the stream holds before the chunk; only its last `DEFLATE_WINDOW` bytes
 * count, and fewer mean that the stream begins there.
 */
export function deflatePiece(history: Uint8Array, chunk: Uint8Array, level: DeflateLevel = DEFAULT_LEVEL): Uint8Array {
  // fflate must see a full window: it keeps a shorter one behind zeros, and refers to them as if they had been in the
  // stream (its issue 260).
  const real = history.subarray(-DEFLATE_WINDOW);
  const missing = DEFLATE_WINDOW - real.length;
  if (missing === 0) return compress(real, chunk, level);

  const filler = unreachableFiller(real, chunk);
  if (filler !== undefined) return compress(joinBytes([new Uint8Array(missing).fill(filler), real]), chunk, level);

  const head = chunk.subarray(0, missing);
  const stored = storedPiece(head);
  if (head.length === chunk.length) return stored;
  return joinBytes([stored, deflatePiece(joinBytes([real, head]), chunk.subarray(head.length), level)]);
}

/** No piece of `length` bytes becomes longer, at any level and with any history. */
export function maxPieceLength(length: number): number {
  // fflate stores what does not shrink, in blocks of over 20,000 bytes, but never the first of its (at most two) turns.
  // There a symbol costs at most one bit more than its bytes, and a block has at most 25,000 symbols.
  return length + Math.min(Math.ceil(length / 8), 6400) + Math.ceil(length / 2048) + 64;
}

/** A piece that holds the bytes as they are. Throws when they are more than the 65535 of one block. */
export function storedPiece(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  if (length > STORED_MAX)
    throw new Error(`Cannot store ${length} bytes in one deflate block: expected at most ${STORED_MAX}`);
  const [low, high] = [length & 255, length >> 8];
  return joinBytes([Uint8Array.of(0, low, high, low ^ 255, high ^ 255), bytes]);
}

/**
 * A value that may fill the window before the stream's first byte, since no reference from `chunk` would begin in it:
 * such a one begins with three fillers, two and the first byte of the stream, or one and the first two. Undefined when
 * every value occurs in the chunk in one of these ways, as where a stream begins with the commonest bytes.
 */
function unreachableFiller(real: Uint8Array, chunk: Uint8Array): number | undefined {
  const start = joinBytes([real.subarray(0, MIN_MATCH), chunk.subarray(0, MIN_MATCH)]);
  const [first, second] = [start[0], start[1]];
  const reached = new Uint8Array(256);
  const end = Math.min(chunk.length - MIN_MATCH + 1, DEFLATE_WINDOW - real.length);
  for (let at = 0; at < end; at++) {
    const [a, b, c] = [chunk[at]!, chunk[at + 1], chunk[at + 2]];
    if ((a === b && (c === a || c === first)) || (b === first && c === second)) reached[a] = 1;
  }
  const filler = reached.indexOf(0);
  return filler < 0 ? undefined : filler;
}

// Not by `deflateSync`, which ends every stream, and copies a short dictionary into it where it stores the data.
function compress(window: Uint8Array, chunk: Uint8Array, level: DeflateLevel): Uint8Array {
  const parts: Uint8Array[] = [];
  const stream = new Deflate({ dictionary: window, level, mem: HASH_MEMORY }, (bytes) => parts.push(bytes));
  stream.push(chunk);
  stream.flush(); // what follows is then a block of its own, without content
  stream.push(EMPTY, true);
  return reopen(joinBytes(parts));
}

/**
 * Replaces the empty final block at the end of `stream` by an empty stored one, which is not final and ends at a byte
 * boundary. fflate's own sync flush misplaces that block at one bit position in eight (its issue 267).
 */
function reopen(stream: Uint8Array): Uint8Array {
  // The final block is, from its lowest bit: 1 (final), 1 0 (fixed codes), 0000000 (end of block), zeros up to a byte.
  // So the last bit set in the stream is the block's second, and a stored block has a zero there and in the first.
  let last = stream.length - 1;
  while (last > 0 && stream[last] === 0) last--;
  const codeBit = last * 8 + 31 - Math.clz32(stream[last]!);
  const finalBit = codeBit - 1;
  const after = stream.length * 8 - 1 - codeBit;
  if (after < 8 || after > 15 || !((stream[finalBit >> 3]! >> (finalBit & 7)) & 1)) {
    throw new Error("Cannot continue a deflate stream: expected an empty final block at its end");
  }
  stream[codeBit >> 3]! ^= 1 << (codeBit & 7);
  stream[finalBit >> 3]! ^= 1 << (finalBit & 7);
  const headerEnd = (finalBit + 3 + 7) >> 3; // three bits of header, then up to the next byte
  return joinBytes([stream.subarray(0, headerEnd), Uint8Array.of(0, 0, 255, 255)]);
}
