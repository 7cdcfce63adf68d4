import type { Core } from "./instance.ts";

const WINDOW = 32768; // how far back a deflate stream may refer
const MAX_CHUNK = 4 << 20;
const WORK_BYTES = 1 << 18; // for tables, tokens and prices
const BEFORE = 16; // one byte before the data is overwritten, and these keep the data aligned
const AFTER = 16; // as many after them

/** The raw deflate bytes of `chunk` as a piece of a stream; valid until the next call. */
export type Deflater = (history: Uint8Array, chunk: Uint8Array) => Uint8Array;

/**
 * A compressor of pieces of raw deflate streams (RFC 1951), which depend on `history` and `chunk` only.
 *
 * Pieces are made independently and joined by concatenation, then the bytes 3 0 end the stream: each begins and ends at a
 * byte boundary, with an empty stored block at its end, and none is final. `history` is what the stream holds before the
 * chunk; only its last 32768 bytes count, and fewer mean that the stream begins there. A chunk has at most 4 MiB.
 */
export function createDeflater(core: Core): Deflater {
  const work = core.alloc(WORK_BYTES);
  const data = core.alloc(BEFORE + WINDOW + MAX_CHUNK + AFTER) + BEFORE;
  const out = core.alloc(maxDeflatedLength(MAX_CHUNK));
  return (history, chunk) => {
    if (chunk.length > MAX_CHUNK)
      throw new Error(`Cannot deflate ${chunk.length} bytes at once: expected at most ${MAX_CHUNK}`);
    const window = history.subarray(-WINDOW);
    core.bytes(data, window.length).set(window);
    core.bytes(data + window.length, chunk.length).set(chunk);
    return core.bytes(out, core.kernels.deflate(out, data, window.length, chunk.length, work));
  };
}

/** The room that the kernel needs to write a piece of `length` bytes; no piece becomes longer. */
export function maxDeflatedLength(length: number): number {
  // A block takes no more than if it were stored: 42 bits beside its bytes, and 40 more for each 65535 bytes but the
  // first. All but the last stand for 32768 bytes or more, so these are less than length / 4096 + 6 bytes; the empty
  // block takes at most 6; and up to 3 bytes beyond the end are written, 8 at a time.
  return length + Math.floor(length / 4096) + 16;
}
