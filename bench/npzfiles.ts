import { closeSync, openSync, writeFileSync } from "node:fs";
import { createCore, type Core } from "../src/core/instance.ts";
import { bytesOf } from "../src/data/dtype.ts";
import { valuesPerRow, type Field, type RowBlock } from "../src/data/rows.ts";
import { planImages } from "../src/datasets/imageplan.ts";
import { createNpzWriter, npzEncoder, type NpzOptions, type NpzWriter } from "../src/formats/npz.ts";
import { readNpzBytes } from "../test/support/arrays.ts";
import type { Corpus } from "./corpus.ts";

/** Writes each split as `<split>.npz` from its arrays in memory: one thread, the pieces that the command compresses. */
export async function openNpzFiles({ recipe, splits }: Corpus): Promise<(folder: string) => void> {
  const files = (await planImages(recipe)).flatMap((pass) => pass.files);
  const optionsOf = (name: string, field: Field): NpzOptions => {
    const formats = files.filter((file) => file.name === name).map((file) => file.format);
    return formats.filter((format) => format.kind === "npz").find((format) => format.field === field.name)!;
  };
  const core = createCore();
  return (folder) => {
    for (const { split, block } of splits) {
      const name = `${split}.npz`;
      const file = openSync(`${folder}/${name}`, "w");
      const write = (bytes: Uint8Array) => writeFileSync(file, bytes);
      const npz = createNpzWriter();
      for (const { field } of block.columns) writeMember(core, npz, block, field, optionsOf(name, field), write);
      write(npz.end());
      closeSync(file);
    }
  };
}

function writeMember(
  core: Core,
  npz: NpzWriter,
  block: RowBlock,
  field: Field,
  options: NpzOptions,
  write: (bytes: Uint8Array) => void,
): void {
  core.reset();
  const { historyRows, encode } = npzEncoder(field, options, { core, pass: { rowStart: 0, rowEnd: block.rows } });
  write(npz.open(field, block.rows, options));
  for (let start = 0; start < block.rows; start += options.pieceRows) {
    const history = rowsOf(block, Math.max(0, start - historyRows), start);
    const encoded = encode(rowsOf(block, start, Math.min(start + options.pieceRows, block.rows)), history);
    npz.add(encoded);
    write(encoded.bytes);
  }
  write(npz.close());
}

/** Rows `start` to `end`, exclusive, as views. */
function rowsOf({ columns }: RowBlock, start: number, end: number): RowBlock {
  const cut = columns.map(({ field, data }) => {
    const values = valuesPerRow(field);
    return { field, data: data.subarray(start * values, end * values) };
  });
  return { start, rows: end - start, columns: cut };
}

/** Throws unless the files of the folder, by whomever written, hold the arrays. */
export function checkNpzFiles({ splits }: Corpus, folder: string): void {
  for (const { split, block } of splits) {
    const arrays = readNpzBytes(`${folder}/${split}.npz`);
    for (const { field, data } of block.columns) {
      const read = arrays[field.name];
      const isSame = read && String(read.shape) === String([block.rows, ...field.shape]);
      if (!isSame || Buffer.compare(read.data, bytesOf(data)) !== 0) {
        throw new Error(`Cannot trust ${split}.npz: its ${field.name} are not those that were to be written`);
      }
    }
  }
}
