import { readFileSync } from "node:fs";

/** A folder as `vectors` writes it. */
export interface Dataset {
  readonly classes: readonly string[];
  readonly rows: number;
  vectorOf(row: number): Float32Array;
}

export function readDataset(folder: string, dim: number): Dataset {
  const lines = readFileSync(`${folder}/metadata.jsonl`, "utf8").trimEnd().split("\n");
  const bytes = readFileSync(`${folder}/vectors.npy`);
  const values = new Float32Array(Uint8Array.from(bytes.subarray(bytes.length - 4 * dim * lines.length)).buffer);
  return {
    classes: lines.map((line) => (JSON.parse(line) as { cls: string }).cls),
    rows: lines.length,
    vectorOf: (row) => values.subarray(row * dim, (row + 1) * dim),
  };
}

/** The rows that are nearest to row `query` by Euclidean distance, by the definition, in float64. */
export function nearestRows({ rows, vectorOf }: Dataset, query: number, count: number): number[] {
  const target = vectorOf(query);
  const distances = Array.from({ length: rows }, (_, row) =>
    vectorOf(row).reduce((sum, value, i) => sum + (value - target[i]!) ** 2, 0),
  );
  return [...distances.keys()].sort((a, b) => distances[a]! - distances[b]!).slice(0, count);
}
