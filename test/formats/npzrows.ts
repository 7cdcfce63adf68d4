import { createCore } from "../../src/core/instance.ts";
import { dtypes, type TypedArray } from "../../src/data/dtype.ts";
import type { Encoder } from "../../src/data/format.ts";
import type { Compressor, Pass } from "../../src/data/plan.ts";
import { valuesPerRow, type Field, type RowBlock } from "../../src/data/rows.ts";
import { joinBytes } from "../../src/formats/bytes.ts";
import { createNpzWriter, npzEncoder, type NpzOptions, type NpzWriter } from "../../src/formats/npz.ts";
import { createRandom, samples } from "./samples.ts";

export const COMPRESSORS: readonly Compressor[] = ["none", "fflate", "core"];
/** How a member is written that is not compressed. */
export const stored: NpzOptions = { compressor: "none", pieceRows: 1 };

const core = createCore();

/** An encoder of its own, after which those opened before must not be used. */
export function openEncoder(field: Field, options: NpzOptions, pass: Pick<Pass, "rowStart" | "rowEnd">): Encoder {
  core.reset();
  return npzEncoder(field, options, { core, pass });
}

/** Rows 0, 1, ... of a dataset, all in memory. */
export class Rows {
  readonly field: Field;
  readonly data: Uint8Array;
  readonly rowBytes: number;

  constructor(field: Field, rows: number, kind: string, seed = 1) {
    this.field = field;
    this.rowBytes = valuesPerRow(field) * dtypes[field.dtype].bytes;
    this.data = samples[kind]!(rows * this.rowBytes, createRandom(seed)).slice();
  }

  block(start: number, rows: number): RowBlock {
    const { bytes, array } = dtypes[this.field.dtype];
    const data: TypedArray = new array(
      this.data.buffer as ArrayBuffer,
      this.data.byteOffset + start * this.rowBytes,
      (rows * this.rowBytes) / bytes,
    );
    return { start, rows, columns: [{ field: this.field, data }] };
  }

  bytes(start: number, end: number): Uint8Array {
    return this.data.subarray(start * this.rowBytes, end * this.rowBytes);
  }

  /** The encoded blocks of rows `start` to `end`, each made by an encoder of its own, last first. */
  encode(start: number, end: number, blockRows: number, options: NpzOptions) {
    const starts = Array.from({ length: Math.ceil((end - start) / blockRows) }, (_, i) => start + i * blockRows);
    const blocks = starts.reverse().map((at) => {
      const encoder = openEncoder(this.field, options, { rowStart: start, rowEnd: end });
      const past = Math.min(encoder.historyRows, at - start);
      const history = encoder.historyRows > 0 ? this.block(at - past, past) : undefined;
      const encoded = encoder.encode(this.block(at, Math.min(blockRows, end - at)), history);
      return { ...encoded, bytes: encoded.bytes.slice() };
    });
    return blocks.reverse();
  }

  file(start: number, end: number, blockRows: number, options: NpzOptions): Uint8Array {
    const writer = createNpzWriter();
    return joinBytes([...this.member(writer, [start, end], blockRows, options), writer.end()]);
  }

  /** The parts of a member of rows `start` to `end`. */
  member(writer: NpzWriter, [start, end]: [number, number], blockRows: number, options: NpzOptions): Uint8Array[] {
    const parts = [writer.open(this.field, end - start, options)];
    for (const encoded of this.encode(start, end, blockRows, options)) {
      writer.add(encoded);
      parts.push(encoded.bytes);
    }
    return [...parts, writer.close()];
  }
}
