import assert from "node:assert/strict";
import type { ByteSource } from "../../src/data/format.ts";

/** A stored file in memory, which refuses what a file would: to be read past its end. */
export function memorySource(bytes: Uint8Array | string): ByteSource {
  const stored = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
  return {
    byteLength: stored.byteLength,
    async read(offset, length) {
      assert.ok(
        offset >= 0 && length >= 0 && offset + length <= stored.byteLength,
        `read ${offset} + ${length} of ${stored.byteLength}`,
      );
      return Uint8Array.from(stored.subarray(offset, offset + length));
    },
  };
}
