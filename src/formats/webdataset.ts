import { InputError } from "../data/errors.ts";
import type { ByteSource, Encoder, FileLength, StoredRows } from "../data/format.ts";
import type { PictureStyle } from "../data/plan.ts";
import type { RowBlock } from "../data/rows.ts";
import { imageColumns, pixelsAt, sampleAt } from "./imagerows.ts";
import { createPngEncoder } from "./png.ts";
import { parseSample, sampleJson, SAMPLE_JSON_MAX, sampleName, type Sample } from "./sample.ts";
import { readTar, TAR_BLOCK, tarEnd, tarEntryBytes, writeTarHeader } from "./tar.ts";
import { readAhead } from "./window.ts";

// WebDataset: a tar in which the files of a sample stand together and share a name up to its first dot.
const MAX_FILE_BYTES = 1 << 20; // of what is read at once
const LABEL_MAX = 3; // digits of a byte
const SAMPLES_PER_MARK = 1 << 8;
const BLOCK_ROWS = 1 << 10;

/** For each row `<name>.png`, `<name>.json` and `<name>.cls`, the label in decimal. */
export function webDatasetEncoder({ size, palette }: PictureStyle): Encoder {
  const png = createPngEncoder(size, palette);
  const rowMax = rowBytes(png.maxBytes);
  const text = new TextEncoder();
  let out = new Uint8Array(0);

  /** Adds a file whose content `write` writes, which returns where that ends; returns where the next file begins. */
  const addFile = (name: string, at: number, write: (at: number) => number): number => {
    const start = at + TAR_BLOCK;
    const end = write(start);
    writeTarHeader(name, end - start, out, at);
    const next = at + tarEntryBytes(end - start);
    out.fill(0, end, next);
    return next;
  };
  const addText = (name: string, at: number, content: string): number =>
    addFile(name, at, (start) => start + text.encodeInto(content, out.subarray(start)).written);

  return {
    historyRows: 0,
    encode(block) {
      if (out.length < block.rows * rowMax) out = new Uint8Array(block.rows * rowMax);
      const columns = imageColumns(block);
      let at = 0;
      for (let row = 0; row < block.rows; row++) {
        const { label, factors } = sampleAt(columns, row);
        const name = sampleName(block.start + row);
        at = addFile(`${name}.png`, at, (start) => png.encodeInto(pixelsAt(columns, row, size), out, start));
        at = addText(`${name}.json`, at, sampleJson(label, factors));
        at = addText(`${name}.cls`, at, String(label));
      }
      return { bytes: out.subarray(0, at) };
    },
  };
}

/** What follows the last row of a shard. */
export const webDatasetEnd: Uint8Array = tarEnd;

/** The size of a shard of `rows` rows; exact where no PNG can outgrow a block, and nearly always else. */
export function webDatasetLength({ size, palette }: PictureStyle, rows: number): FileLength {
  const pngMax = createPngEncoder(size, palette).maxBytes;
  return {
    expected: rows * rowBytes(Math.min(pngMax, TAR_BLOCK)) + tarEnd.length,
    atMost: rows * rowBytes(pngMax) + tarEnd.length,
  };
}

function rowBytes(pngBytes: number): number {
  return tarEntryBytes(pngBytes) + tarEntryBytes(SAMPLE_JSON_MAX) + tarEntryBytes(LABEL_MAX);
}

/** One sample: the files that share a name, by what follows its first dot. */
interface WebDatasetSample {
  readonly name: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/**
 * The samples of a shard, one in memory at a time. Throws `InputError` where the tar is damaged or cut short, where a
 * sample has two files of a kind, and where samples do not follow each other in the order of their names.
 */
export async function* readWebDataset(source: ByteSource): AsyncGenerator<WebDatasetSample> {
  const near = readAhead(source);
  for await (const spans of readSpans(source)) {
    for (const { name, files } of spans) {
      const contents = new Map<string, Uint8Array>();
      for (const [kind, { offset, size }] of files) {
        if (size > MAX_FILE_BYTES)
          throw new InputError(`${name}.${kind} has ${size} bytes: expected at most ${MAX_FILE_BYTES}`);
        contents.set(kind, await near.read(offset, size));
      }
      yield { name, files: contents };
    }
  }
}

/** The rows that `webDatasetEncoder` wrote, in blocks. Throws `InputError` also where a sample is not whole. */
export async function* readWebDatasetImages(source: ByteSource): AsyncGenerator<RowBlock> {
  const { createImageDecoder } = await import("./imagedecoder.ts");
  const decode = createImageDecoder();
  let images: StoredImage[] = [];
  let next: number | undefined;
  const flush = () => {
    const pngs = images.map(({ png }) => png);
    return decode(images[0]!.index, pngs, images);
  };
  for await (const sample of readWebDataset(source)) {
    const image = imageOf(sample);
    if (next !== undefined && image.index !== next) {
      throw new InputError(`Sample ${quoted(sample.name)} follows that of row ${next - 1}: expected row ${next}`);
    }
    next = image.index + 1;
    images.push(image);
    if (images.length < BLOCK_ROWS) continue;
    yield flush();
    images = [];
  }
  if (images.length > 0) yield flush();
}

interface StoredImage extends Sample {
  readonly index: number;
  readonly png: Uint8Array;
}

function imageOf({ name, files }: WebDatasetSample): StoredImage {
  const [png, json, cls] = ["png", "json", "cls"].map((kind) => files.get(kind));
  if (!png || !json || !cls)
    throw new InputError(`Sample ${quoted(name)} is not whole: it has ${[...files.keys()].map(quoted).join(", ")}`);
  const text = new TextDecoder();
  const sample = parseSample(text.decode(json));
  if (text.decode(cls) !== String(sample.label)) throw new InputError(`Sample ${quoted(name)} has two labels`);
  const index = Number(name);
  if (sampleName(index) !== name) throw new InputError(`Sample ${quoted(name)} has no number of a row as its name`);
  return { ...sample, index, png };
}

/** The rows of a shard as raw bytes, with their headers. Reads all headers first, so that `rows` is known. */
export async function webDatasetStoredRows(source: ByteSource): Promise<StoredRows> {
  // Where every so-many-th sample begins: enough to come near any sample.
  const marks: number[] = [];
  let rows = 0;
  for await (const spans of readSpans(source)) {
    for (const { start } of spans) if (rows++ % SAMPLES_PER_MARK === 0) marks.push(start);
  }
  return {
    rows,
    async read(first, count) {
      if (count === 0) return new Uint8Array(0);
      const mark = Math.floor(first / SAMPLES_PER_MARK);
      let row = mark * SAMPLES_PER_MARK;
      let from = 0;
      for await (const spans of readSpans(source, marks[mark])) {
        for (const { start, end } of spans) {
          if (row === first) from = start;
          if (++row === first + count) return source.read(from, end - from);
        }
      }
      throw new Error(`Cannot read samples ${first} to ${first + count}: expected at most ${rows}`);
    },
  };
}

/** Where a sample and its files lie. */
interface Span {
  readonly name: string;
  readonly start: number;
  end: number;
  readonly files: Map<string, { readonly offset: number; readonly size: number }>;
}

/** The samples of a shard from the one at `from` on, as many at a time as one read finds. */
async function* readSpans(source: ByteSource, from = 0): AsyncGenerator<Span[]> {
  let open: Span | undefined;
  for await (const entries of readTar(source, from)) {
    const whole: Span[] = [];
    for (const { name: path, start, offset, size, end } of entries) {
      const [, name, kind] = /^((?:.*\/)?[^./]+)\.([^/]+)$/.exec(path) ?? [];
      if (name === undefined || kind === undefined) {
        throw new InputError(`Cannot read ${quoted(path)} as a file of a sample`);
      }
      if (open?.name !== name) {
        if (open && !isBefore(open.name, name)) {
          throw new InputError(
            `Sample ${quoted(name)} follows ${quoted(open.name)}: expected whole samples in the order of their names`,
          );
        }
        if (open) whole.push(open);
        open = { name, start, end, files: new Map() };
      }
      if (open.files.has(kind)) throw new InputError(`Sample ${quoted(name)} has two files ${quoted(kind)}`);
      open.files.set(kind, { offset, size });
      open.end = end;
    }
    yield whole;
  }
  if (open) yield [open];
}

/** Numbers of more digits come later. */
function isBefore(a: string, b: string): boolean {
  return a.length === b.length ? a < b : a.length < b.length;
}

/** For messages, which are one line. */
function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 60));
}
