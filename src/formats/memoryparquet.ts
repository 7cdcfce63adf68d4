import type { Encoder, FileLength } from "../data/format.ts";
import type { MemoryParquetSpec } from "../data/plan.ts";
import { joinBytes } from "./bytes.ts";
import { memoryColumns, type MemoryColumns } from "./memorycolumns.ts";
import { OBJECTS, ROW_DIGITS, TOPICS, VERBS } from "./memorywords.ts";
import { encodeRowGroup } from "./parquetrowgroup.ts";
import type { WrittenColumn } from "./parquetschema.ts";
import { varintBytes } from "./thrift.ts";

/** Columns `content`, `embedding`, `confidence`, `id` and `cluster`, a row group for each block: see `joinRowGroups`. */
export function memoryParquetEncoder({ idPrefix }: MemoryParquetSpec, dim: number): Encoder {
  return {
    historyRows: 0,
    encode(block) {
      // Noise does not get shorter, and the texts are a small part: so the size is known before.
      const { pieces, footer } = encodeRowGroup(tableOf(memoryColumns(block, idPrefix), dim), "none");
      return { bytes: joinBytes(pieces), footer };
    },
  };
}

function tableOf({ contents, embeddings, confidences, ids, clusters }: MemoryColumns, dim: number): WrittenColumn[] {
  return [
    { name: "content", type: "string", values: contents },
    { name: "embedding", type: "float32[]", length: dim, values: embeddings },
    { name: "confidence", type: "float32", values: confidences },
    { name: "id", type: "string", values: ids },
    { name: "cluster", type: "int32", values: clusters },
  ];
}

// Measured: the footer without its row groups, and what it says of one, with the headers of its pages.
const FILE_BYTES = { expected: 650, atMost: 1024 };
const GROUP_BYTES = { expected: 360, atMost: 1024 };
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
    atMost: FILE_BYTES.atMost + groups * GROUP_BYTES.atMost + rows * (row + most),
  };
}

/** How many bytes say where the list of a row begins: a run of one value, and one of the others. */
function lengthOfLevels(dim: number): number {
  return 2 + (dim > 1 ? varintBytes(2 * (dim - 1)).length + 1 : 0);
}

function meanLength(words: readonly string[]): number {
  return words.reduce((sum, word) => sum + word.length, 0) / words.length;
}

function longest(words: readonly string[]): number {
  return Math.max(...words.map((word) => word.length));
}
