import { InputError } from "../data/errors.ts";
import { MANIFEST_NAME, type Manifest } from "../data/manifest.ts";
import type { Pass } from "../data/plan.ts";
import { canonicalJson } from "../data/recipe.ts";
import { listFolder, makeFolder, removeEmptyFolders, removeFile, writeText } from "../runtime/files.ts";
import { publish } from "../runtime/sink.ts";
import { createManifest, hashRecipe, isOfThisMajor, readManifest, writeManifest } from "./manifest.ts";
import { runPass, type RunOptions } from "./run.ts";

/** The manifest's name while a run is under way, or was when it was killed: it marks the folder as ours. */
const CLAIM_NAME = `${MANIFEST_NAME}.part`;

/** A dataset to be: its recipe, how to make it, and its folder. */
export interface DatasetPlan {
  readonly recipe: Manifest["recipe"];
  readonly pass: Pass;
  readonly folder: string;
}

/** What a folder holds, seen from a plan. */
export type FolderState =
  | { readonly kind: "free" }
  /** A run of some plan began here and did not finish. */
  | { readonly kind: "unfinished" }
  /** The manifest of this very recipe; whether the files agree is for `verify` to say. */
  | { readonly kind: "same"; readonly manifest: Manifest }
  /** Something that must not be overwritten unasked. */
  | { readonly kind: "taken"; readonly reason: string };

/** Looks at the folder and changes nothing. */
export function inspectFolder({ folder, recipe, pass }: DatasetPlan): FolderState {
  const names = listFolder(folder);
  if (names.includes(MANIFEST_NAME)) {
    try {
      const manifest = readManifest(folder)!;
      if (!isOfThisMajor(manifest)) return { kind: "taken", reason: `${folder} holds a dataset of another version` };
      if (manifest.recipe_sha256 === hashRecipe(recipe)) return { kind: "same", manifest };
      return { kind: "taken", reason: `${folder} holds a dataset of another recipe` };
    } catch (error) {
      if (error instanceof InputError) return { kind: "taken", reason: error.message };
      throw error;
    }
  }
  if (names.includes(CLAIM_NAME)) return { kind: "unfinished" };
  const foreign = pass.files.find((file) => names.includes(file.name));
  return foreign
    ? { kind: "taken", reason: `${folder} holds a ${foreign.name} that is not of a finished dataset` }
    : { kind: "free" };
}

/**
 * Writes the dataset: all files under `.part` names first, then their final names, then the manifest. An older dataset
 * in the folder stays whole until the new files are; on failure or abort nothing of the new ones is left.
 */
export async function writeDataset(plan: DatasetPlan, options: Omit<RunOptions, "paths">): Promise<Manifest> {
  const { folder, pass, recipe } = plan;
  options.signal?.throwIfAborted();
  const madeFolder = makeFolder(folder);
  removeLeftovers(folder);
  writeText(`${folder}/${CLAIM_NAME}`, canonicalJson(recipe));
  const paths = pass.files.map((file) => `${folder}/${file.name}`);
  const published: string[] = [];
  try {
    const { files, measures } = await runPass(pass, { ...options, paths });
    const manifest = createManifest(recipe, pass, files, measures);
    removeDataset(folder);
    for (const path of paths) {
      publish(path);
      published.push(path);
    }
    writeManifest(folder, manifest);
    return manifest;
  } catch (error) {
    for (const leftover of [...paths.map((path) => `${path}.part`), ...published]) removeFile(leftover);
    removeFile(`${folder}/${CLAIM_NAME}`);
    if (madeFolder !== undefined) removeEmptyFolders(folder, madeFolder);
    throw error;
  }
}

/** Removes what killed runs left. */
function removeLeftovers(folder: string): void {
  for (const name of listFolder(folder)) if (name.endsWith(".part")) removeFile(`${folder}/${name}`);
}

/** Removes an older dataset, its manifest first: without one, what remains at any moment counts as unfinished. */
function removeDataset(folder: string): void {
  const files = filesOfManifest(folder);
  for (const name of [MANIFEST_NAME, ...files]) removeFile(`${folder}/${name}`);
}

function filesOfManifest(folder: string): string[] {
  try {
    return readManifest(folder)?.files.map((file) => file.path) ?? [];
  } catch (error) {
    if (error instanceof InputError) return []; // a damaged manifest names nothing that could be trusted
    throw error;
  }
}
