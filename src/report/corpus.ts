import { InputError } from "../data/errors.ts";
import { METADATA_NAME, type Manifest } from "../data/manifest.ts";
import { palettes, type PaletteName } from "../data/palettes.ts";
import { SPLITS } from "../data/splits.ts";
import { claimName, readManifest } from "../pipeline/manifest.ts";
import { fileLength, listFolder, readTextIfThere } from "../runtime/files.ts";
import { MAX_SIZE } from "./layout.ts";
import type { Open, SplitReader } from "./readers.ts";

interface CorpusSplit extends SplitReader {
  readonly name: string;
}

/** A corpus of images in a folder. */
export interface Corpus {
  readonly folder: string;
  /** What made it; undefined for a corpus of another program. */
  readonly manifest: Manifest | undefined;
  /** How many images each split is said to have; undefined for a corpus of another program. */
  readonly expectedRows: Readonly<Record<string, number>> | undefined;
  /** Whether what `metadata.json` tells other readers is what the recipe says. */
  readonly hasOwnHead: boolean;
  readonly size: number;
  readonly palette: PaletteName;
  readonly splits: readonly CorpusSplit[];
}

/**
 * Opens the corpus of a folder: what `images` wrote, or the .npz files of another program with uint8 arrays `images` and
 * `labels`. Throws `InputError` when there is none, or it cannot be read.
 */
export async function openCorpus(folder: string, open: Open): Promise<Corpus> {
  const names = listFolder(folder);
  if (folder.trim() === "") throw new InputError("An empty folder name is not allowed: give a folder, . for this one");
  const manifest = readManifest(folder);
  if (!manifest && names.includes(claimName())) throw new InputError(`${folder} holds an unfinished run, not a corpus`);
  if (manifest && manifest.recipe.kind !== "images") {
    throw new InputError(`${folder} holds ${manifest.recipe.kind}, not images: see verify`);
  }
  const format = manifest ? String(manifest.recipe["format"]) : "npz";
  const present = SPLITS.filter((split) => manifest !== undefined || names.includes(`${split}.npz`));
  if (present.length === 0)
    throw new InputError(`${folder} holds no corpus of images: no ${METADATA_NAME}, no train.npz`);
  const { readersOf } = await import("./readers.ts");
  const readSplit = await readersOf(format);
  const splits: CorpusSplit[] = [];
  for (const name of present) {
    const listed = (manifest?.files ?? []).filter(({ path }) => new RegExp(`^${name}\\b`).test(path));
    splits.push({ name, ...(await readSplit({ folder, split: name, listed, open })) });
  }
  const sizes = new Set(splits.filter(({ rows }) => rows > 0).map(({ size }) => size));
  if (sizes.size > 1) throw new InputError(`${folder} holds images of several sizes: ${[...sizes].join(", ")}`);
  const size = [...sizes][0] ?? Number(manifest?.recipe["grid_size"] ?? 16);
  if (!(size >= 1 && size <= MAX_SIZE)) {
    throw new InputError(`${folder} holds images of ${size} x ${size}: expected 1 to ${MAX_SIZE} pixels`);
  }
  const palette = manifest?.recipe["palette"];
  return {
    folder,
    manifest,
    ...(manifest ? readHead(folder, manifest) : { expectedRows: undefined, hasOwnHead: true }),
    size,
    palette: typeof palette === "string" && Object.hasOwn(palettes, palette) ? (palette as PaletteName) : "gray",
    splits,
  };
}

/** What the part of `metadata.json` that is for other readers says. */
function readHead(folder: string, { recipe }: Manifest): Pick<Corpus, "expectedRows" | "hasOwnHead"> {
  type Section = Readonly<Record<string, unknown>> | null | undefined;
  const json = JSON.parse(readTextIfThere(`${folder}/${METADATA_NAME}`) ?? "null") as Readonly<
    Record<"dataset_info" | "generation_params", Section>
  > | null;
  const { dataset_info: info, generation_params: params } = json ?? {};
  return {
    expectedRows: Object.fromEntries(SPLITS.map((name) => [name, Number(info?.[`${name}_count`] ?? NaN)])),
    hasOwnHead:
      params?.["num_images"] === recipe["images"] &&
      params?.["grid_size"] === recipe["grid_size"] &&
      String(params?.["seed"]) === recipe["seed"],
  };
}

/** The bytes that the files of the manifest take; those in folders count as the manifest says. */
export function storedBytes({ folder, manifest, splits }: Corpus): number {
  const paths = manifest?.files ?? splits.map(({ name }) => ({ path: `${name}.npz`, bytes: 0 }));
  return paths.reduce((sum, { path, bytes }) => sum + (fileLength(`${folder}/${path}`) ?? bytes), 0);
}
