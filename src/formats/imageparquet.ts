import { FACTOR_BYTES } from "../core/images.ts";
import { InputError } from "../data/errors.ts";
import type { ByteSource, Encoder, FileLength, StoredRows } from "../data/format.ts";
import type { PictureStyle } from "../data/plan.ts";
import type { RowBlock } from "../data/rows.ts";
import type { ImageDecoder } from "./imagedecoder.ts";
import { imageBytesEncoder, imageColumns, pixelsAt } from "./imagerows.ts";
import { loadParquet, PARQUET_MAX_FILE_BYTES, type ParquetColumn } from "./parquet.ts";
import { createPngEncoder } from "./png.ts";
import { sampleName } from "./sample.ts";

const ROW_GROUP_ROWS = 8192;
const BLOCK_ROWS = 8192;

// What a file takes: measured, for images of a few flat objects; and what none exceeds, as at worst values are stored
// as they are, lengths and numbers in four bytes, after a dictionary of up to a megabyte for each column.
const FILE_BYTES = { expected: 3600, atMost: 8 << 20 };
const ROW_BYTES = { expected: 46, atMost: 160 };

/** One whole Parquet file for each block: columns `image`, a PNG and its name, `label` and `factors`. */
export async function imageParquetEncoder({ size, palette }: PictureStyle): Promise<Encoder> {
  const parquet = await loadParquet();
  const png = createPngEncoder(size, palette);
  const metadata = { key: "huggingface", value: JSON.stringify({ info: { features } }) };
  let out = new Uint8Array(0);
  return {
    historyRows: 0,
    encode(block) {
      if (out.length < block.rows * png.maxBytes) out = new Uint8Array(block.rows * png.maxBytes);
      const columns = imageColumns(block);
      const offsets = new Int32Array(block.rows + 1);
      const path: string[] = [];
      for (let row = 0; row < block.rows; row++) {
        offsets[row + 1] = png.encodeInto(pixelsAt(columns, row, size), out, offsets[row]!);
        path.push(imageName(block.start + row));
      }
      const table: ParquetColumn[] = [
        { name: "image", type: "image", values: { bytes: { bytes: out, offsets }, path } },
        { name: "label", type: "uint8", values: columns.labels },
        { name: "factors", type: "uint8[]", length: FACTOR_BYTES, values: columns.factors },
      ];
      return { bytes: parquet.encode(table, { rowGroupRows: ROW_GROUP_ROWS, metadata }) };
    },
  };
}

function imageName(index: number): string {
  return `${sampleName(index)}.png`;
}

/** What the Hugging Face library takes the columns for. */
const features = {
  image: { _type: "Image" },
  label: { dtype: "uint8", _type: "Value" },
  factors: { feature: { dtype: "uint8", _type: "Value" }, length: FACTOR_BYTES, _type: "Sequence" },
};

/** The size of a file of `rows` rows. */
export function imageParquetLength({ size, palette }: PictureStyle, rows: number): FileLength {
  const pngMax = createPngEncoder(size, palette).maxBytes;
  return {
    expected: FILE_BYTES.expected + rows * (ROW_BYTES.expected + Math.round(size / 3)),
    atMost: FILE_BYTES.atMost + rows * (ROW_BYTES.atMost + pngMax),
  };
}

/** The rows of a file in blocks. Throws `InputError` when it is damaged, or its columns are others. */
export async function* readParquetImages(source: ByteSource): AsyncGenerator<RowBlock> {
  const { rows, readBlock } = await openTable(source);
  for (let start = 0; start < rows; start += BLOCK_ROWS) yield readBlock(start, Math.min(BLOCK_ROWS, rows - start));
}

/** The rows of a file as `imageBytesEncoder` gives them. */
export async function imageParquetStoredRows(source: ByteSource): Promise<StoredRows> {
  const { rows, readBlock } = await openTable(source);
  const encoder = imageBytesEncoder();
  return { rows, read: async (start, count) => encoder.encode(readBlock(start, count)).bytes };
}

interface ImageTable {
  readonly rows: number;
  /** Rows counted from the first of the file. */
  readBlock(start: number, rows: number): RowBlock;
}

async function openTable(source: ByteSource): Promise<ImageTable> {
  const [parquet, { createImageDecoder }] = await Promise.all([loadParquet(), import("./imagedecoder.ts")]);
  if (source.byteLength > PARQUET_MAX_FILE_BYTES) {
    throw new InputError(`${source.byteLength} bytes are too many: expected at most ${PARQUET_MAX_FILE_BYTES}`);
  }
  const file = await source.read(0, source.byteLength);
  const decode = createImageDecoder();
  return {
    rows: parquet.countRows(file),
    readBlock: (start, rows) => blockOf(parquet.decode(file, start, rows), decode),
  };
}

function blockOf(columns: readonly ParquetColumn[], decode: ImageDecoder): RowBlock {
  const [image, label, factors] = ["image", "label", "factors"].map((name) => columns.find((c) => c.name === name));
  if (
    image?.type !== "image" ||
    label?.type !== "uint8" ||
    factors?.type !== "uint8[]" ||
    factors.length !== FACTOR_BYTES
  ) {
    throw new InputError("Cannot read the table as images: expected columns image, label and factors");
  }
  const { path, bytes } = image.values;
  const start = Number.parseInt(path[0] ?? "0", 10);
  path.forEach((name, row) => {
    if (name !== imageName(start + row))
      throw new InputError(`Cannot read image "${name}": expected ${imageName(start + row)}`);
  });
  const pngs = path.map((_, row) => bytes.bytes.subarray(bytes.offsets[row], bytes.offsets[row + 1]));
  const samples = path.map((_, row) => ({
    label: label.values[row]!,
    factors: factors.values.subarray(row * FACTOR_BYTES, (row + 1) * FACTOR_BYTES),
  }));
  return decode(start, pngs, samples);
}
