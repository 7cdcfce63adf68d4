import { InputError } from "../data/errors.ts";
import {
  MANIFEST_ENDING,
  MANIFEST_NAME,
  METADATA_NAME,
  type FileRecord,
  type InputRecord,
  type Manifest,
} from "../data/manifest.ts";
import type { Pass } from "../data/plan.ts";
import { canonicalJson, type Json } from "../data/recipe.ts";
import { PACKAGE_NAME, VERSION } from "../data/version.ts";
import { fileLength, isThere, listFolder, readTextIfThere, sha256, splitPath, writeWhole } from "../runtime/files.ts";
import type { WrittenFile } from "../runtime/sink.ts";
import { now } from "../runtime/system.ts";
import { fieldsOf } from "../sources/table.ts";
import { plannedFiles } from "./files.ts";
import type { Measure, Measures } from "./measure.ts";

/** What a manifest says of how its dataset was made. */
export interface DescribedPlan {
  readonly recipe: Manifest["recipe"];
  readonly passes: readonly Pass[];
  /** Files that rows are made from, where the recipe does not say everything. */
  readonly inputs?: readonly InputRecord[] | undefined;
}

/** The hash of a recipe: equal hashes, equal bytes, within a major version. */
export function hashRecipe(recipe: Json): string {
  return sha256(canonicalJson(recipe));
}

/** Whether this program makes the bytes of that dataset: the recipe's meaning changes with the major version only. */
export function isOfThisMajor({ generator }: Manifest): boolean {
  return generator.name === PACKAGE_NAME && majorOf(generator.version) === majorOf(VERSION);
}

function majorOf(version: string): string {
  return version.split(".")[0]!;
}

export function createManifest(
  { recipe, passes, inputs }: DescribedPlan,
  written: readonly WrittenFile[],
  measures: Measures,
): Manifest {
  return {
    generator: { name: PACKAGE_NAME, version: VERSION },
    recipe,
    recipe_sha256: hashRecipe(recipe),
    ...(inputs ? { inputs } : {}),
    files: plannedFiles(passes).map(({ name, format, parts }, at) => {
      const { bytes, sha256: sum } = written[at]!;
      const { rowStart, rowEnd } = parts[0]!.pass;
      return { path: name, format: format.kind, rows: rowEnd - rowStart, bytes, sha256: sum };
    }),
    measured: Object.fromEntries(
      Object.entries(measures).map(([field, measure]) => [field, describe(measure, passes, field)]),
    ),
    created_at: now().toISOString(),
  };
}

/** Writes the manifest, or where there are other words for the dataset, these with the manifest as their `extras`. */
export function writeManifest(path: string, manifest: Manifest, metadata?: object): void {
  const json = metadata ? { ...metadata, extras: manifest } : manifest;
  writeWhole(path, `${JSON.stringify(json, null, 2)}\n`);
}

/**
 * The manifest of that name in a folder, or without a name whichever a folder of its own has; undefined where there is none.
 * Throws `InputError` when it cannot be understood.
 */
export function readManifest(folder: string, name?: string): Manifest | undefined {
  for (const candidate of name === undefined ? [MANIFEST_NAME, METADATA_NAME] : [name]) {
    const inside = candidate === METADATA_NAME ? extrasOf : (json: unknown) => json;
    const manifest = readManifestFile(`${folder}/${candidate}`, inside);
    if (manifest) return manifest;
  }
  return undefined;
}

/** The name of what stands in a folder while a run is under way, or was when it was killed: it marks the folder as ours. */
export function claimName(manifestName = MANIFEST_NAME): string {
  return `${manifestName}.claim.part`;
}

/** Where a dataset lies, and the name of its manifest unless the folder has one of its own. */
export interface DatasetPlace {
  readonly folder: string;
  readonly manifestName?: string;
}

/** The dataset that a path stands for: a folder, a manifest, or a file with its manifest beside it. */
export function placeOf(path: string): DatasetPlace {
  const { folder, name } = splitPath(path);
  const beside = manifestNameFor(name);
  if (fileLength(path) === undefined && !isThere(`${folder}/${beside}`)) return placeInFolder(path);
  const isManifest = name === MANIFEST_NAME || name === METADATA_NAME || name.endsWith(MANIFEST_ENDING);
  if (isManifest) return { folder, manifestName: name };
  return !isThere(`${folder}/${beside}`) && hasOwnManifest(folder) ? { folder } : { folder, manifestName: beside };
}

function placeInFolder(path: string): DatasetPlace {
  if (!isThere(path)) throw new InputError(`Cannot find ${path}: no such file or folder`);
  if (hasOwnManifest(path)) return { folder: path };
  const others = listFolder(path).filter((name) => name.endsWith(MANIFEST_ENDING));
  if (others.length > 1) throw new InputError(`${path} holds several datasets: give one of ${others.join(", ")}`);
  return others[0] === undefined ? { folder: path } : { folder: path, manifestName: others[0] };
}

function hasOwnManifest(folder: string): boolean {
  return [MANIFEST_NAME, METADATA_NAME].some((name) => isThere(`${folder}/${name}`));
}

/** The name of the manifest beside a file: `a.dataset.json` of `a.jsonl`, `a.npy.dataset.json` of `a.npy` and `a.metadata.jsonl`. */
export function manifestNameFor(name: string): string {
  const stem = name.replace(/\.metadata\.jsonl$/, ".npy").replace(/\.jsonl$/, "");
  return `${stem}${MANIFEST_ENDING}`;
}

function extrasOf(json: unknown): unknown {
  return (json as { extras?: unknown } | null)?.extras;
}

function readManifestFile(path: string, manifestIn: (json: unknown) => unknown): Manifest | undefined {
  const text = readTextIfThere(path);
  if (text === undefined) return undefined;
  let manifest: Partial<Manifest> | null | undefined;
  try {
    manifest = manifestIn(JSON.parse(text)) as Partial<Manifest> | null | undefined;
  } catch (cause) {
    throw new InputError(`${path} is not JSON`, { cause });
  }
  if (manifest === undefined) return undefined; // metadata of another program
  const isWhole =
    typeof manifest?.recipe?.kind === "string" &&
    typeof manifest.recipe_sha256 === "string" &&
    typeof manifest.generator?.version === "string" &&
    Array.isArray(manifest.files) &&
    manifest.files.every(isFileRecord) &&
    (manifest.inputs === undefined || (Array.isArray(manifest.inputs) && manifest.inputs.every(isInputRecord)));
  if (!isWhole) throw new InputError(`${path} is not a manifest of a dataset`);
  return manifest as Manifest;
}

/** Whether it names something in a folder, or in a folder there, never a path to elsewhere. */
export function isPlainName(name: unknown): name is string {
  if (typeof name !== "string") return false;
  const parts = name.split("/");
  return parts.length <= 2 && parts.every((part) => /^[^\\\p{Cc}]+$/u.test(part) && part !== "." && part !== "..");
}

function isFileRecord(record: Partial<FileRecord> | null): boolean {
  return (
    isPlainName(record?.path) &&
    [record?.bytes, record?.rows].every(Number.isSafeInteger) &&
    (record?.sha256 === null || typeof record?.sha256 === "string")
  );
}

function isInputRecord(record: Partial<InputRecord> | null): boolean {
  return [record?.name, record?.path, record?.sha256].every((value) => typeof value === "string");
}

function describe(measure: Measure, passes: readonly Pass[], field: string): Json {
  if (measure.kind === "codes") {
    const total = measure.counts.reduce((sum, count) => sum + count, 0);
    const fields = passes.flatMap((pass) => fieldsOf(pass.sources));
    const labels = fields.find(({ name }) => name === field)?.labels ?? [];
    return {
      counts: named(labels, measure.counts),
      shares: named(
        labels,
        measure.counts.map((count) => count / total),
      ),
    };
  }
  const { count, nan, min, max, sum, squares } = measure.summary;
  const mean = sum / (count - nan);
  return { values: count, nan, min, max, mean, variance: squares / (count - nan) - mean * mean };
}

function named(labels: readonly string[], values: readonly number[]): Json {
  return Object.fromEntries(labels.map((label, at) => [label, values[at]!]));
}
