import { InputError } from "../data/errors.ts";
import type { ByteSource } from "../data/format.ts";
import type { VectorFile } from "../data/vectors.ts";

export type { VectorBlock, VectorFile } from "../data/vectors.ts";

type Open = (source: ByteSource) => Promise<VectorFile>;

/** The one table of files of vectors that can be read, by the ending of their names. */
const kinds: Readonly<Record<string, () => Promise<Open>>> = {
  npy: async () => (await import("./npyvectors.ts")).openNpyVectors,
  npz: async () => (await import("./npzvectors.ts")).openNpzVectors,
  fvecs: async () => (await import("./fvecs.ts")).openFvecs,
  bvecs: async () => (await import("./fvecs.ts")).openBvecs,
  fbin: async () => (await import("./fbin.ts")).openFbin,
  jsonl: async () => (await import("./jsonlvectors.ts")).openJsonlVectors,
  parquet: async () => (await import("./parquetvectors.ts")).openParquetVectors,
};

/** How files begin whose kind can be told by it. */
const beginnings: readonly (readonly [kind: string, bytes: readonly number[]])[] = [
  ["npy", [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]],
  ["npz", [0x50, 0x4b, 0x03, 0x04]],
  ["parquet", [0x50, 0x41, 0x52, 0x31]],
];

/**
 * The vectors of a file, which is read as what the ending of its name says. Throws `InputError` when the ending is none
 * of the table's, the content is not of that kind, or there is no row.
 */
export async function openVectorFile(name: string, source: ByteSource): Promise<VectorFile> {
  const ending = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase() ?? "";
  const load = Object.hasOwn(kinds, ending) ? kinds[ending] : undefined;
  if (!load)
    throw new InputError(`Cannot read vectors from "${name}": expected a name that ends in ${endings().join(", ")}`);
  if (source.byteLength === 0) throw new InputError("It is empty: expected at least one vector");
  const open = await load();
  try {
    return await open(source);
  } catch (error) {
    const kind = error instanceof InputError ? await kindByContent(source) : undefined;
    if (kind === undefined || kind === ending) throw error;
    throw new InputError(`Its content is that of a .${kind} file, its name ends in .${ending}`, { cause: error });
  }
}

function endings(): string[] {
  return Object.keys(kinds).map((kind) => `.${kind}`);
}

async function kindByContent(source: ByteSource): Promise<string | undefined> {
  const start = await source.read(0, Math.min(6, source.byteLength));
  return beginnings.find(([, bytes]) => bytes.every((byte, at) => start[at] === byte))?.[0];
}
