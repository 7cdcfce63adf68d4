import { bytesOf } from "../data/dtype.ts";
import type { Encoder } from "../data/format.ts";
import { columnOf, type RowBlock } from "../data/rows.ts";
import { joinBytes } from "./bytes.ts";
import { OBJECTS, ROW_DIGITS, TOPICS, VERBS } from "./memorywords.ts";

/** Memories as columns, each of as many values as there are rows. */
export interface MemoryColumns {
  readonly contents: readonly string[];
  /** Shape (rows, dim). */
  readonly embeddings: Float32Array;
  readonly confidences: Float32Array;
  readonly ids: readonly string[];
  readonly clusters: Int32Array;
}

/** The columns of a block, which may share its memory: the values that `memoryLinesEncoder` writes. */
export function memoryColumns(block: RowBlock, idPrefix: string): MemoryColumns {
  const clusters = columnOf(block, "cluster").data as Uint32Array; // below 2^27
  const sentences = columnOf(block, "sentence").data as Uint32Array;
  const numbers = Array.from({ length: block.rows }, (_, row) => String(block.start + row).padStart(ROW_DIGITS, "0"));
  return {
    contents: numbers.map((number, row) => `Synthetic memory ${number}: ${wordsOf(sentences[row]!)}.`),
    embeddings: columnOf(block, "embedding").data as Float32Array,
    confidences: columnOf(block, "confidence").data as Float32Array,
    ids: numbers.map((number) => `${idPrefix}${number}`),
    clusters: new Int32Array(clusters.buffer, clusters.byteOffset, clusters.length),
  };
}

function wordsOf(sentence: number): string {
  const verb = Math.floor(sentence / OBJECTS.length);
  return `${TOPICS[Math.floor(verb / VERBS.length)]} ${VERBS[verb % VERBS.length]} ${OBJECTS[sentence % OBJECTS.length]}`;
}

/** The values of a block as they are, to be compared with those of a file. */
export function memoryBytesEncoder(idPrefix: string): Encoder {
  return {
    historyRows: 0,
    encode: (block) => ({ bytes: bytesOfMemories(memoryColumns(block, idPrefix), 0, block.rows) }),
  };
}

/** Rows `from` to `to`, exclusive, one after the other: embedding, confidence, cluster and texts. */
export function bytesOfMemories(columns: MemoryColumns, from: number, to: number): Uint8Array {
  const { contents, embeddings, confidences, ids, clusters } = columns;
  const dim = embeddings.length / contents.length;
  const parts: Uint8Array[] = [];
  for (let row = from; row < to; row++) {
    parts.push(bytesOf(embeddings.subarray(row * dim, (row + 1) * dim)));
    parts.push(bytesOf(confidences.subarray(row, row + 1)), bytesOf(clusters.subarray(row, row + 1)));
    parts.push(utf8.encode(JSON.stringify([contents[row], ids[row]])));
  }
  return joinBytes(parts);
}

const utf8 = new TextEncoder();
