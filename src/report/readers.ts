import { InputError } from "../data/errors.ts";
import type { ByteSource, StoredRows } from "../data/format.ts";
import type { Field, RowBlock } from "../data/rows.ts";
import { imageColumns, imageFields } from "../formats/imagerows.ts";
import { openFile, readBytes, type OpenFile } from "../runtime/files.ts";

/** Consecutive images of a split, as they were found in its files. */
export interface ImageRows {
  /** Shape (rows, size, size). */
  readonly images: Uint8Array;
  /** Shape (rows,). */
  readonly labels: Uint8Array;
  /** Shape (rows, 4, 6), where the files have them. */
  readonly factors?: Uint8Array | undefined;
}

/** The images of one split of a folder. */
export interface SplitReader {
  readonly rows: number;
  /** Height and width of an image in pixels; 0 where there is none to tell. */
  readonly size: number;
  /** The rows in order, in bounded memory. Throws `InputError` where a file is damaged. */
  read(): AsyncGenerator<ImageRows>;
}

/** Opens files; whoever called closes them all in the end. */
export type Open = (path: string) => Promise<OpenFile>;

/** One split of a folder that is to be read. */
interface SplitFiles {
  readonly folder: string;
  readonly split: string;
  /** Rows that the manifest says are in the files of the split, and their names in order. */
  readonly listed: readonly { readonly path: string; readonly rows: number }[];
  readonly open: Open;
}

type ReadSplit = (files: SplitFiles) => Promise<SplitReader>;

/** The one table of containers of images. */
const readers: Record<string, () => Promise<ReadSplit>> = {
  npz: async () => {
    const [{ readZipDirectory }, { checkedMemberSource }, { npyStoredRows, readNpyHeader }] = await Promise.all([
      import("../formats/zipdirectory.ts"),
      import("../formats/unzip.ts"),
      import("../formats/npy.ts"),
    ]);
    return async ({ folder, split, open, listed }) => {
      const path = `${folder}/${split}.npz`;
      const file = await open(path);
      const entries = await naming(path, () => readZipDirectory(file));
      const sourceOf = async (name: string) => {
        const entry = entries.find((candidate) => candidate.name === `${name}.npy`);
        return entry && checkedMemberSource(file, entry);
      };
      return openArrays({
        needsFactors: listed.length > 0,
        pathOf: (name) => `${path} (${name})`,
        sourceOf,
        readHeader: readNpyHeader,
        openRows: npyStoredRows,
      });
    };
  },
  npy: async () => {
    const { npyStoredRows, readNpyHeader } = await import("../formats/npy.ts");
    return async ({ folder, split, open }) => {
      const pathOf = (name: string) => `${folder}/${split}_${name}.npy`;
      return openArrays({
        needsFactors: true,
        pathOf,
        sourceOf: (name) => open(pathOf(name)),
        readHeader: readNpyHeader,
        openRows: npyStoredRows,
      });
    };
  },
  idx: async () => {
    const { idxStoredRows, readIdxHeader } = await import("../formats/idx.ts");
    return async ({ folder, split, open, listed }) => {
      const pathOf = (name: string) => {
        const file = listed.find(({ path }) => path.startsWith(`${split}-${name}-`));
        if (!file) throw new InputError(`The manifest of ${folder} lists no ${name} of ${split}`);
        return `${folder}/${file.path}`;
      };
      return openArrays({
        needsFactors: true,
        pathOf,
        sourceOf: (name) => open(pathOf(name)),
        readHeader: readIdxHeader,
        openRows: idxStoredRows,
      });
    };
  },
  webdataset: async () => {
    const { readWebDatasetImages } = await import("../formats/webdataset.ts");
    return async ({ folder, listed }) =>
      openPictures(listed, (path) => readFile(`${folder}/${path}`, readWebDatasetImages));
  },
  imagefolder: async () => {
    const { readImageFolder } = await import("../formats/imagefolder.ts");
    return async ({ folder, split, listed }) => {
      const inside = (name: string) => readBytes(`${folder}/${split}/${name}`, MAX_PICTURE_BYTES);
      const files = listed.filter(({ path }) => path === `${split}/metadata.jsonl`);
      return openPictures(files, (path) => readFile(`${folder}/${path}`, (source) => readImageFolder(source, inside)));
    };
  },
  parquet: async () => {
    const { readParquetImages } = await import("../formats/imageparquet.ts");
    return async ({ folder, listed }) =>
      openPictures(listed, (path) => readFile(`${folder}/${path}`, readParquetImages));
  },
};

/** How splits of that container are read. Throws `InputError` for an unknown one. */
export async function readersOf(format: string): Promise<ReadSplit> {
  const load = Object.hasOwn(readers, format) ? readers[format] : undefined;
  if (!load) throw new InputError(`Cannot read images in "${format}": expected ${Object.keys(readers).join(", ")}`);
  return load();
}

/** No PNG of a corpus is longer. */
export const MAX_PICTURE_BYTES = 1 << 20;

const READ_BYTES = 1 << 18; // larger pieces make more garbage than they save time

/** A container that has an array for each field. */
interface Arrays {
  /** Corpora of other programs need not have them. */
  readonly needsFactors: boolean;
  pathOf(name: string): string;
  /** Undefined where there is no such array. */
  sourceOf(name: string): Promise<ByteSource | undefined>;
  readHeader(source: ByteSource): Promise<{ readonly shape: readonly number[] }>;
  openRows(source: ByteSource, field: Field): Promise<StoredRows>;
}

async function openArrays({ needsFactors, pathOf, sourceOf, readHeader, openRows }: Arrays): Promise<SplitReader> {
  const images = await sourceOf("images");
  if (!images) throw new InputError(`Cannot read ${pathOf("images")}: there is no such array`);
  const { shape } = await naming(pathOf("images"), () => readHeader(images));
  if (shape.length !== 3 || shape[1] !== shape[2]) {
    throw new InputError(`${pathOf("images")} has shape (${shape.join(", ")}), expected (n, size, size)`);
  }
  const fields = imageFields(shape[2]!);
  const arrays: (StoredRows | undefined)[] = [];
  for (const [at, field] of fields.entries()) {
    const source = at === 0 ? images : await sourceOf(field.name);
    if (!source && (field.name !== "factors" || needsFactors))
      throw new InputError(`Cannot read ${pathOf(field.name)}: there is no such array`);
    arrays.push(source && (await naming(pathOf(field.name), () => openRows(source, field))));
  }
  const rows = arrays[0]!.rows;
  for (const [at, array] of arrays.entries()) {
    if (array && array.rows !== rows)
      throw new InputError(`${pathOf(fields[at]!.name)} has ${array.rows} rows, the images are ${rows}`);
  }
  return {
    rows,
    size: rows > 0 ? shape[2]! : 0,
    async *read() {
      const atOnce = Math.max(1, Math.floor(READ_BYTES / (shape[2]! * shape[2]!)));
      for (let start = 0; start < rows; start += atOnce) {
        const count = Math.min(atOnce, rows - start);
        const parts: (Uint8Array | undefined)[] = [];
        for (const [at, array] of arrays.entries()) {
          parts.push(array && (await naming(pathOf(fields[at]!.name), () => array.read(start, count))));
        }
        yield { images: parts[0]!, labels: parts[1]!, factors: parts[2] };
      }
    },
  };
}

/** A container of pictures in one file or several; their rows are counted by the manifest, and again by reading. */
async function openPictures(
  files: readonly { readonly path: string; readonly rows: number }[],
  readBlocks: (path: string) => AsyncGenerator<RowBlock>,
): Promise<SplitReader> {
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  async function* read(): AsyncGenerator<ImageRows> {
    for (const file of files) {
      let found = 0;
      for await (const block of readBlocks(file.path)) {
        found += block.rows;
        yield imageColumns(block);
      }
      if (found !== file.rows) throw new InputError(`${file.path} has ${found} images, the manifest says ${file.rows}`);
    }
  }
  const first = rows > 0 ? await readFirst(read()) : undefined;
  return { rows, size: first ? sizeOf(first) : 0, read };
}

async function readFirst(blocks: AsyncGenerator<ImageRows>): Promise<ImageRows | undefined> {
  for await (const block of blocks) return block;
  return undefined;
}

function sizeOf({ images, labels }: ImageRows): number {
  return Math.sqrt(images.length / labels.length);
}

async function* readFile(
  path: string,
  read: (source: ByteSource) => AsyncGenerator<RowBlock>,
): AsyncGenerator<RowBlock> {
  const source = await openFile(path); // not kept open: a corpus may have a thousand of them
  try {
    const blocks = read(source);
    for (;;) {
      const { value, done } = await naming(path, () => blocks.next());
      if (done) return;
      yield value;
    }
  } finally {
    await source.close();
  }
}

/** Adds the file to what is wrong with its content. */
async function naming<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof InputError) || error.message.includes(path)) throw error;
    throw new InputError(`${path}: ${error.message}`, { cause: error });
  }
}
