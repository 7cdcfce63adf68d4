import { InputError } from "../data/errors.ts";
import { MANIFEST_NAME, type FileRecord, type Manifest } from "../data/manifest.ts";
import type { FileSpec, Pass } from "../data/plan.ts";
import { canonicalJson, type Json } from "../data/recipe.ts";
import { PACKAGE_NAME, VERSION } from "../data/version.ts";
import type { Measure, Measures } from "./make.ts";
import { readTextIfThere, sha256, writeText } from "../runtime/files.ts";
import type { WrittenFile } from "../runtime/sink.ts";
import { now } from "../runtime/system.ts";

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
  recipe: Manifest["recipe"],
  pass: Pass,
  written: readonly WrittenFile[],
  measures: Measures,
): Manifest {
  return {
    generator: { name: PACKAGE_NAME, version: VERSION },
    recipe,
    recipe_sha256: hashRecipe(recipe),
    files: pass.files.map((file, at) => recordOf(file, pass, written[at]!)),
    measured: Object.fromEntries(
      Object.entries(measures).map(([field, measure]) => [field, describe(measure, pass, field)]),
    ),
    created_at: now().toISOString(),
  };
}

export function writeManifest(folder: string, manifest: Manifest): void {
  writeText(`${folder}/${MANIFEST_NAME}`, `${JSON.stringify(manifest, null, 2)}\n`);
}

/** The manifest of a folder, or undefined where there is none. Throws `InputError` when it cannot be understood. */
export function readManifest(folder: string): Manifest | undefined {
  const path = `${folder}/${MANIFEST_NAME}`;
  const text = readTextIfThere(path);
  if (text === undefined) return undefined;
  let manifest: Partial<Manifest> | null;
  try {
    manifest = JSON.parse(text) as Partial<Manifest> | null;
  } catch (cause) {
    throw new InputError(`${path} is not JSON`, { cause });
  }
  const isWhole =
    typeof manifest?.recipe?.kind === "string" &&
    typeof manifest.recipe_sha256 === "string" &&
    typeof manifest.generator?.version === "string" &&
    Array.isArray(manifest.files) &&
    manifest.files.every(isFileRecord);
  if (!isWhole) throw new InputError(`${path} is not a manifest of a dataset`);
  return manifest as Manifest;
}

/** Whether it names something in a folder, never a path to elsewhere. */
export function isPlainName(name: unknown): name is string {
  return typeof name === "string" && /^\w[\w.-]*$/.test(name);
}

function isFileRecord(record: Partial<FileRecord> | null): boolean {
  return (
    isPlainName(record?.path) &&
    Number.isSafeInteger(record?.bytes) &&
    (record?.sha256 === null || typeof record?.sha256 === "string")
  );
}

function recordOf(file: FileSpec, pass: Pass, { bytes, sha256: sum }: WrittenFile): FileRecord {
  return { path: file.name, format: file.format.kind, rows: pass.rowEnd - pass.rowStart, bytes, sha256: sum };
}

function describe(measure: Measure, pass: Pass, field: string): Json {
  if (measure.kind === "codes") {
    const total = pass.rowEnd - pass.rowStart;
    const source = pass.sources.find((candidate) => candidate.field === field);
    const labels = source?.kind === "category" ? source.labels : [];
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
