import type { Encoded } from "../data/format.ts";
import type { MadeBlock, Measures } from "./make.ts";

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
  make(start: number, rows: number): Promise<OwnedBlock>;
  /** Hands buffers back for reuse. */
  recycle(block: OwnedBlock): void;
  /** Stops at once; what was asked for is never answered. */
  close(): Promise<void>;
}

/** Copies a block out of the core's memory, into the given buffers as far as they suffice. */
export function ownBlock(block: MadeBlock, buffers: ArrayBuffer[]): OwnedBlock {
  return {
    encoded: block.encoded.map((encoded) => ({
      ...encoded,
      bytes: copyInto(takeBuffer(buffers, encoded.bytes.length), encoded.bytes),
    })),
    measures: block.measures,
  };
}

export function buffersOf(block: OwnedBlock): ArrayBuffer[] {
  return block.encoded.map((encoded) => encoded.bytes.buffer);
}

function takeBuffer(buffers: ArrayBuffer[], byteLength: number): ArrayBuffer {
  const at = buffers.findIndex((buffer) => buffer.byteLength >= byteLength);
  // A little more than asked, so that a buffer suits the next block too where blocks vary in length.
  return at >= 0 ? buffers.splice(at, 1)[0]! : new ArrayBuffer(Math.ceil((byteLength * 17) / 16 / 4096) * 4096);
}

function copyInto(buffer: ArrayBuffer, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(buffer, 0, bytes.length);
  copy.set(bytes);
  return copy;
}
