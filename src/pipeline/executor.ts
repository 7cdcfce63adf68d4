import type { Encoded } from "../data/format.ts";
import type { BlockAddress, MadeBlock } from "./make.ts";
import type { Measures } from "./measure.ts";

/** Encoded bytes in a buffer of their own, which goes back to the executor when they are written. */
interface OwnedEncoded extends Encoded {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface OwnedBlock {
  readonly encoded: readonly OwnedEncoded[];
  readonly measures: Measures;
}

/** Makes blocks, on this thread or on others. */
export interface Executor {
  /** How many blocks may usefully be asked for at a time. */
  readonly concurrency: number;
  /** Makes one block. Rejects when it fails or its thread dies, and then so do all the others. */
  make(address: BlockAddress): Promise<OwnedBlock>;
  /** Hands buffers back for reuse. */
  recycle(block: OwnedBlock): void;
  /** Stops at once; what was asked for is never answered. */
  close(): Promise<void>;
}

/** The buffers of a block that was written, one a file, for another block. */
export type SpareBuffers = readonly ArrayBuffer[];

/** Copies a block out of the core's memory, into the spare buffers where they suffice. */
export function ownBlock(block: MadeBlock, spare: SpareBuffers = []): OwnedBlock {
  return {
    encoded: block.encoded.map((encoded, at) => ({ ...encoded, bytes: copyInto(spare[at], encoded.bytes) })),
    measures: block.measures,
  };
}

export function buffersOf(block: OwnedBlock): ArrayBuffer[] {
  return block.encoded.map((encoded) => encoded.bytes.buffer);
}

function copyInto(spare: ArrayBuffer | undefined, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  // A new one is a little longer than asked, so that it suits the next block too where blocks vary in length.
  const buffer =
    spare && spare.byteLength >= bytes.length
      ? spare
      : new ArrayBuffer(Math.ceil((bytes.length * 17) / 16 / 4096) * 4096);
  const copy = new Uint8Array(buffer, 0, bytes.length);
  copy.set(bytes);
  return copy;
}
