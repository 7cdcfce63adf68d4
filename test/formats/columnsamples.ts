import type { ParquetColumn } from "../../src/formats/parquet.ts";
import { createRandom, samples } from "./samples.ts";

const TEXTS = ["", "a", "zwölf", "日本語", "👩‍🚀", "a longer text that is longer than the others", "\0", "line\nline"];

/** A column of every type, with values at the ends of their ranges. */
export function makeColumns(rows: number): ParquetColumn[] {
  const random = createRandom(rows + 1);
  const bytesOf = (length: number) => samples["random"]!(length, random);
  const slices = () => {
    const offsets = new Int32Array(rows + 1);
    for (let row = 0; row < rows; row++) offsets[row + 1] = offsets[row]! + Math.floor(random() * 40) * (row % 3);
    return { bytes: bytesOf(offsets[rows]!), offsets };
  };
  const texts = Array.from({ length: rows }, (_, row) => `${TEXTS[row % TEXTS.length]}${row % 5 === 0 ? row : ""}`);
  const wide = [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n];
  const floats = [0, -0, Infinity, -Infinity, 1e-45, 3.4028234663852886e38, 0.1];
  return [
    { name: "uint8", type: "uint8", values: bytesOf(rows) },
    {
      name: "int32",
      type: "int32",
      values: Int32Array.from({ length: rows }, (_, row) => (row % 2 ? -1 : 1) * row * 1e6),
    },
    {
      name: "int64",
      type: "int64",
      values: BigInt64Array.from({ length: rows }, (_, row) => wide[row % wide.length]!),
    },
    {
      name: "float32",
      type: "float32",
      values: Float32Array.from({ length: rows }, (_, row) => floats[row % floats.length]!),
    },
    { name: "text", type: "string", values: texts },
    { name: "bytes", type: "binary", values: slices() },
    { name: "factors", type: "uint8[]", length: 24, values: bytesOf(rows * 24) },
    {
      name: "emb",
      type: "float32[]",
      length: 7,
      values: Float32Array.from({ length: rows * 7 }, () => random() - 0.5),
    },
    { name: "image", type: "image", values: { bytes: slices(), path: texts.toReversed() } },
  ];
}
