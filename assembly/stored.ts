// Stored blocks (RFC 1951, 3.2.4): bytes as they are, from a whole byte on, after their length and its complement.
import { alignBits, beginBits, bitsToAlign, putBits } from "./bitstream";

const STORED: u32 = 0; // type of block
const STORED_MAX: u32 = 65535;

/** How many bits `putStored` takes for `length` bytes, at least one. */
export function storedBits(length: u32): u32 {
  return bitsToAlign(3) + 32 + 8 * length + 40 * ((length - 1) / STORED_MAX);
}

/** Writes the `length` bytes at `source` in as many blocks as they need. */
export function putStored(source: usize, length: u32): void {
  for (const end = source + length; source < end; ) {
    const part = min(<u32>(end - source), STORED_MAX);
    putBits(STORED << 1, 3);
    const out = alignBits();
    store<u32>(out, part | (~part << 16));
    memory.copy(out + 4, source, part);
    beginBits(out + 4 + part);
    source += part;
  }
}

/** Writes an empty stored block, which ends at a byte. */
export function putEmptyBlock(): usize {
  putBits(STORED << 1, 3);
  const out = alignBits();
  store<u32>(out, 0xffff0000);
  return out + 4;
}
