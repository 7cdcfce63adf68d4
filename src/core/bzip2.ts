import type { Core } from "./instance.ts";

const BYTES_PER_LEVEL = 100_000;
const WORK_BYTES = 51_712; // the layout is in assembly/inline/bzip2work.ts
const CRC_AT = 28;
const OUT_BYTES = 1 << 18;
const READABLE_BEHIND = 256;

/** Why the bits at a place are no block. */
export type BlockFault = "ended" | "damaged" | "randomised";

const FAULTS: readonly (BlockFault | undefined)[] = [undefined, "ended", "damaged", "randomised"];

/** A block that was opened, or why not. */
type OpenedBlock = { readonly bitEnd: number } | { readonly fault: BlockFault };

/** Decodes the blocks of bzip2 streams; one at a time. */
export interface BlockDecoder {
  /** Where the compressed bytes go; anew after each call. */
  window(): Uint8Array;
  /** Decodes the block whose CRC ends before bit `at` of the window, which holds `byteLength` bytes of data. */
  open(at: number, byteLength: number, level: number): OpenedBlock;
  /** The block's next bytes, valid until the next call; none at its end. */
  read(): Uint8Array;
  /** CRC-32, most significant bit first, of what was read of the block. */
  crc(): number;
}

/** A decoder for blocks of up to `level` times 100,000 bytes before their runs are undone. */
export function createBlockDecoder(core: Core, level: number, windowBytes: number): BlockDecoder {
  const data = core.alloc(windowBytes + READABLE_BEHIND);
  const work = core.alloc(WORK_BYTES + 4 * level * BYTES_PER_LEVEL);
  const out = core.alloc(OUT_BYTES);
  const field = (offset: number) => new DataView(core.kernels.memory.buffer).getUint32(work + offset, true);
  return {
    window: () => core.bytes(data, windowBytes),
    open(at, byteLength, blockLevel) {
      const limit = Math.min(blockLevel, level) * BYTES_PER_LEVEL;
      const fault = FAULTS[core.kernels.bzip2Block(work, data, at, 8 * byteLength, limit)];
      return fault ? { fault } : { bitEnd: field(0) };
    },
    read: () => core.bytes(out, core.kernels.bzip2Runs(work, out, OUT_BYTES)),
    crc: () => ~field(CRC_AT) >>> 0,
  };
}
