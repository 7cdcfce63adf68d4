import type { Encoder, FileLength } from "../data/format.ts";
import type { MemoryParquetSpec } from "../data/plan.ts";
import { memoryColumns, type MemoryColumns } from "./memorycolumns.ts";
import { OBJECTS, ROW_DIGITS, TOPICS, VERBS } from "./memorywords.ts";
import { loadParquet, type ParquetColumn } from "./parquet.ts";
import { cutRowGroups } from "./parquetgroups.ts";

/** Columns `content`, `embedding`, `confidence`, `id` and `cluster`, a row group for each block: see `joinRowGroups`. */
export async function memoryParquetEncoder({ idPrefix }: MemoryParquetSpec, dim: number): Promise<Encoder> {
  const parquet = await loadParquet();
  return {
    historyRows: 0,
    encode(block) {
      const table = tableOf(memoryColumns(block, idPrefix), dim);
      // Noise does not get shorter, and hardly a text comes twice.
      const file = parquet.encode(table, { compression: "none", dictionary: false, rowGroupRows: block.rows });
      return cutRowGroups(file);
    },
  };
}

function tableOf({ contents, embeddings, confidences, ids, clusters }: MemoryColumns, dim: number): ParquetColumn[] {
  return [
    { name: "content", type: "string", values: contents },
    { name: "embedding", type: "float32[]", length: dim, values: embeddings },
    { name: "confidence", type: "float32", values: confidences },
    { name: "id", type: "string", values: ids },
    { name: "cluster", type: "int32", values: clusters },
  ];
}

// Measured: the footer without its row groups, and what it says of one, with the headers of its pages.
const FILE_BYTES = { expected: 600, atMost: 4096 };
const GROUP_BYTES = { expected: 880, atMost: 4096 };
const NUMBER_BYTES = 4; // a float32, an int32, the length of a text

/** The size of a file of rows `rowStart` to `rowEnd`, exclusive. */
export function memoryParquetLength(
  { idPrefix, groupRows }: MemoryParquetSpec,
  dim: number,
  [rowStart, rowEnd]: readonly [number, number],
): FileLength {
  const rows = rowEnd - rowStart;
  const groups = Math.ceil(rows / groupRows);
  const digits = Math.max(ROW_DIGITS, String(rowEnd - 1).length);
  const texts = idPrefix.length + digits + "Synthetic memory : .".length + digits + 2;
  const row = NUMBER_BYTES * (dim + 4) + texts + lengthOfLevels(dim);
  const [mean, most] = [meanLength, longest].map((lengthOf) =>
    [TOPICS, VERBS, OBJECTS].reduce((sum, words) => sum + lengthOf(words), 0),
  ) as [number, number];
  return {
    expected: FILE_BYTES.expected + groups * GROUP_BYTES.expected + Math.round(rows * (row + mean)),
    atMost: FILE_BYTES.atMost + groups * GROUP_BYTES.atMost + rows * (row + most + 2 * lengthOfLevels(dim)),
  };
}

/** How many bytes say where the list of a row begins: a bit a value, or a bit and then so many that are the same. */
function lengthOfLevels(dim: number): number {
  if (dim === 1) return 0;
  return Math.min(dim / 8, dim < 64 ? 4 : dim < 8192 ? 5 : 6);
}

function meanLength(words: readonly string[]): number {
  return words.reduce((sum, word) => sum + word.length, 0) / words.length;
}

function longest(words: readonly string[]): number {
  return Math.max(...words.map((word) => word.length));
}
