import { InputError } from "../data/errors.ts";
import type { ByteSource, Encoder, FileLength, StoredRows } from "../data/format.ts";
import type { PictureStyle } from "../data/plan.ts";
import type { RowBlock } from "../data/rows.ts";
import { joinBytes } from "./bytes.ts";
import { imageColumns, pixelsAt, sampleAt } from "./imagerows.ts";
import { jsonlStoredRows, readJsonl } from "./jsonl.ts";
import { createPngEncoder, expectedPngBytes } from "./png.ts";
import { sampleJson, SAMPLE_JSON_MAX, sampleName, sampleOf, type Sample } from "./sample.ts";

// The ImageFolder of torchvision and Hugging Face: a folder for each split, in it one for each label, and beside them
// metadata.jsonl with a line for each image, which names it below the folder of the split.
const LABEL_DIGITS = 3;
const SAMPLE_JSON_MEAN = 171; // measured

/** Gives the content of a file by its path below the folder of the split. */
type OpenImage = (path: string) => Promise<Uint8Array>;

/** Where the image of a row lies below the folder of its split. */
export function imagePath(label: number, index: number): string {
  return `${String(label).padStart(LABEL_DIGITS, "0")}/${sampleName(index)}.png`;
}

/** A PNG for each row, each a file of its own, whose path is below the folder of the split. */
export function imageFolderEncoder({ size, palette }: PictureStyle): Encoder {
  const png = createPngEncoder(size, palette);
  let out = new Uint8Array(0);
  return {
    historyRows: 0,
    encode(block) {
      if (out.length < block.rows * png.maxBytes) out = new Uint8Array(block.rows * png.maxBytes);
      const columns = imageColumns(block);
      const files: { path: string; length: number }[] = [];
      let at = 0;
      for (let row = 0; row < block.rows; row++) {
        const end = png.encodeInto(pixelsAt(columns, row, size), out, at);
        files.push({ path: imagePath(columns.labels[row]!, block.start + row), length: end - at });
        at = end;
      }
      return { bytes: out.subarray(0, at), files };
    },
  };
}

/** The size of all PNGs of `rows` rows. */
export function imageFolderLength({ size, palette }: PictureStyle, rows: number): FileLength {
  return { expected: rows * expectedPngBytes(size, palette), atMost: rows * createPngEncoder(size, palette).maxBytes };
}

/** The lines of metadata.jsonl: the file, its label and its objects. */
export function metadataEncoder(): Encoder {
  const utf8 = new TextEncoder();
  return {
    historyRows: 0,
    encode(block) {
      const columns = imageColumns(block);
      let text = "";
      for (let row = 0; row < block.rows; row++) text += metadataLine(sampleAt(columns, row), block.start + row);
      return { bytes: utf8.encode(text) };
    },
  };
}

function metadataLine({ label, factors }: Sample, index: number): string {
  return `{"file_name":"${imagePath(label, index)}",${sampleJson(label, factors).slice(1)}\n`;
}

/** The size of the metadata.jsonl of rows up to `rowEnd`, exclusive. */
export function metadataLength(rows: number, rowEnd: number): FileLength {
  const around = `{"file_name":"${imagePath(0, Math.max(0, rowEnd - 1))}",\n`.length - "{".length;
  return { expected: rows * (SAMPLE_JSON_MEAN + around), atMost: rows * (SAMPLE_JSON_MAX + around) };
}

/** What a line of metadata.jsonl says. */
interface Metadata extends Sample {
  readonly path: string;
  readonly index: number;
}

/**
 * The rows of a split in blocks of up to `blockRows`: the images as `open` gives them, with their lines. Throws
 * `InputError` where a line or an image is damaged, a row is missing, or images have different sizes.
 */
export async function* readImageFolder(
  metadata: ByteSource,
  open: OpenImage,
  blockRows = 1024,
): AsyncGenerator<RowBlock> {
  const { createImageDecoder } = await import("./imagedecoder.ts");
  const decode = createImageDecoder();
  let lines: Metadata[] = [];
  const flush = async () => {
    const pngs = await openAll(
      lines.map(({ path }) => path),
      open,
    );
    return decode(lines[0]!.index, pngs, lines);
  };
  let expected: number | undefined;
  for await (const value of readJsonl(metadata)) {
    const line = metadataOf(value);
    if (expected !== undefined && line.index !== expected) {
      throw new InputError(`Row ${line.index} follows row ${expected - 1} in the metadata: expected ${expected}`);
    }
    expected = line.index + 1;
    lines.push(line);
    if (lines.length < blockRows) continue;
    yield await flush();
    lines = [];
  }
  if (lines.length > 0) yield await flush();
}

/** The rows of a split as the bytes of their PNGs, one after the other. */
export async function imageFolderStoredRows(metadata: ByteSource, open: OpenImage): Promise<StoredRows> {
  const stored = await jsonlStoredRows(metadata);
  return {
    rows: stored.rows,
    async read(start, count) {
      const lines = new TextDecoder().decode(await stored.read(start, count)).split("\n");
      const paths = lines.slice(0, count).map((line) => metadataOf(parseLine(line)).path);
      return joinBytes(await openAll(paths, open));
    },
  };
}

const OPEN_AT_ONCE = 32; // a process may have a few hundred files open

async function openAll(paths: readonly string[], open: OpenImage): Promise<Uint8Array[]> {
  const files: Uint8Array[] = [];
  for (let at = 0; at < paths.length; at += OPEN_AT_ONCE) {
    files.push(...(await Promise.all(paths.slice(at, at + OPEN_AT_ONCE).map(open))));
  }
  return files;
}

function parseLine(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InputError(`Not a line of metadata: ${JSON.stringify(text.slice(0, 60))}`, { cause });
  }
}

function metadataOf(value: unknown): Metadata {
  const { file_name: path, ...rest } = (value ?? {}) as { file_name?: unknown };
  const sample = sampleOf(rest);
  const index = Number(/\/(\d+)\.png$/.exec(String(path))?.[1]);
  if (path !== imagePath(sample.label, index)) {
    const example = imagePath(sample.label, 7);
    throw new InputError(`Cannot read file_name ${JSON.stringify(path)?.slice(0, 60)}: expected one like "${example}"`);
  }
  return { ...sample, path, index };
}
