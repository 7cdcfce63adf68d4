import type { Core } from "./instance.ts";

const LENT_BYTES = 1 << 20;

/** Counts bytes by value, adding to `counts` (256 numbers). */
export function createByteCounter(core: Core): (bytes: Uint8Array, counts: Float64Array) => void {
  const region = core.alloc(LENT_BYTES);
  const pointer = core.alloc(4 * 256);
  return (bytes, counts) => {
    for (let at = 0; at < bytes.length; at += LENT_BYTES) {
      const part = bytes.subarray(at, at + LENT_BYTES);
      core.bytes(region, part.length).set(part);
      const found = new Uint32Array(core.kernels.memory.buffer, pointer, 256).fill(0);
      core.kernels.countBytes(pointer, region, part.length);
      for (let value = 0; value < 256; value++) counts[value]! += found[value]!;
    }
  };
}
