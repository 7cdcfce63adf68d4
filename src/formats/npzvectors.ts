import { InputError } from "../data/errors.ts";
import type { ByteSource } from "../data/format.ts";
import type { VectorFile } from "../data/vectors.ts";
import { readNpyDescription } from "./npy.ts";
import { isVectorArray, openNpyVectors } from "./npyvectors.ts";
import { checkedMemberSource } from "./unzip.ts";
import { readZipDirectory, type ZipEntry } from "./zipdirectory.ts";

const NAMES = ["vectors", "embeddings", "centroids"];

/**
 * The rows of an .npz's array of vectors: the one named vectors, embeddings or centroids, or else the only one. Checked
 * against its CRC when its end is reached. Throws `InputError` when there is none, or it cannot be read.
 */
export async function openNpzVectors(source: ByteSource): Promise<VectorFile> {
  const entry = await chooseEntry(source);
  const naming = (error: unknown) => {
    if (!(error instanceof InputError) || error.message.includes(entry.name)) return error;
    return new InputError(`Cannot read "${entry.name}" in the .npz: ${error.message}`, { cause: error });
  };
  const vectors = await openNpyVectors(checkedMemberSource(source, entry)).catch((error: unknown) => {
    throw naming(error);
  });
  return { ...vectors, kind: "npz" };
}

async function chooseEntry(source: ByteSource): Promise<ZipEntry> {
  const entries = (await readZipDirectory(source)).filter(({ name }) => name.endsWith(".npy"));
  for (const name of NAMES) {
    const named = entries.find((entry) => entry.name === `${name}.npy`);
    if (named) return named;
  }
  const found: ZipEntry[] = [];
  for (const entry of entries) if (await hasVectors(source, entry)) found.push(entry);
  if (found.length === 1) return found[0]!;
  const names = (found.length > 0 ? found : entries).map(({ name }) => name).join(", ");
  throw new InputError(
    `The .npz has ${found.length > 0 ? "several arrays" : "no array"} of vectors (${names}): expected one named ${NAMES.join(", ")}`,
  );
}

async function hasVectors(source: ByteSource, entry: ZipEntry): Promise<boolean> {
  try {
    return isVectorArray(await readNpyDescription(checkedMemberSource(source, entry)));
  } catch (error) {
    if (error instanceof InputError) return false; // of another kind, such as objects or records
    throw error;
  }
}
