import { openVectorFile } from "../../src/formats/vectorfile.ts";
import { createRandom } from "./samples.ts";
import { memorySource } from "../support/memory.ts";

/** Float32 values of shape (rows, dim), all different and with all kinds of exponents. */
export function makeRows(rows: number, dim: number, seed = 1): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length: rows * dim }, () => (random() - 0.5) * 2 ** Math.floor(random() * 40 - 20));
}

export function fvecsBytes(values: Float32Array, dim: number): Uint8Array {
  const rows = values.length / dim;
  const view = new DataView(new ArrayBuffer(rows * (4 + 4 * dim)));
  for (let row = 0, at = 0; row < rows; row++) {
    view.setInt32(at, dim, true);
    at += 4;
    for (let i = 0; i < dim; i++, at += 4) view.setFloat32(at, values[row * dim + i]!, true);
  }
  return new Uint8Array(view.buffer);
}

export function bvecsBytes(values: ArrayLike<number>, dim: number): Uint8Array {
  const rows = values.length / dim;
  const bytes: number[] = [];
  for (let row = 0; row < rows; row++) {
    bytes.push(dim & 255, (dim >> 8) & 255, (dim >> 16) & 255, dim >>> 24);
    for (let i = 0; i < dim; i++) bytes.push(values[row * dim + i]!);
  }
  return Uint8Array.from(bytes);
}

export function fbinBytes(values: Float32Array, dim: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 + 4 * values.length));
  view.setUint32(0, values.length / dim, true);
  view.setUint32(4, dim, true);
  values.forEach((value, at) => view.setFloat32(8 + 4 * at, value, true));
  return new Uint8Array(view.buffer);
}

export function jsonlBytes(values: Float32Array, dim: number, lineOf = (vector: number[]): unknown => vector) {
  const lines = Array.from({ length: values.length / dim }, (_, row) =>
    JSON.stringify(lineOf(Array.from(values.subarray(row * dim, (row + 1) * dim)))),
  );
  return new TextEncoder().encode(`${lines.join("\n")}\n`);
}

export interface ReadVectors {
  readonly kind: string;
  readonly dim: number;
  readonly rows: number | undefined;
  readonly values: Float32Array;
  /** Rows of each block. */
  readonly blocks: readonly number[];
}

/** Everything that is in a file of vectors, read twice. */
export async function readVectors(name: string, bytes: Uint8Array | string): Promise<ReadVectors> {
  const file = await openVectorFile(name, memorySource(bytes));
  let found: ReadVectors | undefined;
  for (const time of ["first", "second"]) {
    const values: number[] = [];
    const blocks: number[] = [];
    for await (const { start, rows, data } of file.blocks()) {
      if (start !== values.length / file.dim || data.length !== rows * file.dim)
        throw new Error(`A block of ${rows} rows from ${start}, after ${values.length} values, ${time} time`);
      for (const value of data) values.push(value);
      blocks.push(rows);
    }
    const { kind, dim, rows } = file;
    const now = { kind, dim, rows, values: Float32Array.from(values), blocks };
    if (found && !found.values.every((value, at) => Object.is(value, now.values[at]))) throw new Error("Other values");
    found = now;
  }
  return found!;
}
