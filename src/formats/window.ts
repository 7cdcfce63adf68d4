import type { ByteSource } from "../data/format.ts";

/** Gives small reads that mostly go forward out of larger ones of `windowBytes`. */
export function readAhead(source: ByteSource, windowBytes = 1 << 20): ByteSource {
  let window: Uint8Array = new Uint8Array(0);
  let windowStart = 0;
  return {
    byteLength: source.byteLength,
    async read(offset, length) {
      if (offset < windowStart || offset + length > windowStart + window.length) {
        const available = Math.max(length, Math.min(windowBytes, source.byteLength - offset));
        window = await source.read(offset, available);
        windowStart = offset;
      }
      return window.slice(offset - windowStart, offset - windowStart + length);
    },
  };
}
