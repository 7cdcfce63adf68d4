import { InputError } from "../data/errors.ts";
import { MANIFEST_NAME, METADATA_NAME, type Manifest } from "../data/manifest.ts";
import {
  createText,
  fileLength,
  isThere,
  listFolder,
  makeFolder,
  readTextIfThere,
  removeEmptyFolders,
  removeFile,
  removeTree,
} from "../runtime/files.ts";
import type { FinishedFile } from "../runtime/sink.ts";
import { isOtherProcess, processId } from "../runtime/system.ts";
import {
  claimName,
  createManifest,
  hashRecipe,
  isOfThisMajor,
  isPlainName,
  readManifest,
  writeManifest,
  type DescribedPlan,
} from "./manifest.ts";
import { partName, plannedFiles } from "./files.ts";
import { runPasses, type RunOptions } from "./run.ts";

interface Claim {
  readonly pid: number;
  /** What the run writes, under part names first. */
  readonly files: readonly string[];
}

/** A dataset to be: its recipe, how to make it, and its folder. */
export interface DatasetPlan extends DescribedPlan {
  readonly folder: string;
  /** Default `dataset.json`; another one where the folder may hold other things, too. */
  readonly manifestName?: string | undefined;
  /**
   * For a dataset that takes a folder of its own, which must not be there yet: what `metadata.json` says beside the
   * manifest, at the time of `created_at`. Without it the manifest is `dataset.json`.
   */
  readonly metadata?: ((createdAt: string) => object) | undefined;
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

function manifestNameOf({ manifestName, metadata }: DatasetPlan): string {
  return manifestName ?? (metadata ? METADATA_NAME : MANIFEST_NAME);
}

/** Looks at the folder and changes nothing. */
export function folderState(plan: DatasetPlan): FolderState {
  const { folder, recipe, passes } = plan;
  const names = listFolder(folder);
  if (names.includes(manifestNameOf(plan))) {
    try {
      const manifest = readManifest(folder, manifestNameOf(plan));
      if (!manifest) return { kind: "taken", reason: `${folder} holds a ${manifestNameOf(plan)} that is not ours` };
      if (!isOfThisMajor(manifest)) return { kind: "taken", reason: `${folder} holds a dataset of another version` };
      if (manifest.recipe_sha256 === hashRecipe(recipe)) return { kind: "same", manifest };
      return { kind: "taken", reason: `${folder} holds a dataset of another recipe` };
    } catch (error) {
      if (error instanceof InputError) return { kind: "taken", reason: error.message };
      throw error;
    }
  }
  if (names.includes(claimName(plan.manifestName))) return { kind: "unfinished" };
  const foreign = plannedFiles(passes).find((file) => names.includes(file.name));
  return foreign
    ? { kind: "taken", reason: `${folder} holds a ${foreign.name} that is not of a finished dataset` }
    : { kind: "free" };
}

/**
 * Writes the dataset: all files under `.part` names first, then their final names, then the manifest. An older dataset
 * in the folder stays whole until the new files are; on failure or abort nothing of the new ones is left. Throws
 * `InputError` while another process writes to the folder.
 */
export async function writeDataset(plan: DatasetPlan, options: Omit<RunOptions, "folder">): Promise<Manifest> {
  const { folder, passes } = plan;
  const names = plannedFiles(passes).map((file) => file.name);
  options.signal?.throwIfAborted();
  const madeFolder = makeFolder(folder);
  let claim: { release(): void } | undefined;
  let files: readonly FinishedFile[] = [];
  try {
    if (plan.metadata && madeFolder === undefined) checkNew(plan);
    claim = takeClaim(plan, names);
    const result = await runPasses(passes, { ...options, folder });
    files = result.files;
    const manifest = createManifest(plan, files, result.measures);
    removeDataset(plan);
    for (const file of files) file.publish();
    writeManifest(`${folder}/${manifestNameOf(plan)}`, manifest, plan.metadata?.(manifest.created_at));
    claim.release();
    return manifest;
  } catch (error) {
    for (const file of files) file.discard();
    claim?.release();
    if (madeFolder !== undefined) removeEmptyFolders(folder, madeFolder);
    throw error;
  }
}

/** Throws `InputError` when the folder of its own is there, unless a run of ours was killed in it. */
export function checkNew(plan: DatasetPlan): void {
  if (isThere(plan.folder) && folderState(plan).kind !== "unfinished") {
    throw new InputError(
      `${plan.folder} exists: give an --output-dir that does not, or leave it out for a new version`,
    );
  }
}

/** Marks the folder as being written to, and removes what a killed run left in it. */
function takeClaim(plan: DatasetPlan, files: readonly string[]): { release(): void } {
  const { folder } = plan;
  const path = `${folder}/${claimName(plan.manifestName)}`;
  const claim: Claim = { pid: processId(), files };
  if (!createText(path, JSON.stringify(claim))) {
    const old = readClaim(path);
    if (!old || isOtherProcess(old.pid)) throw busy(path, old);
    // In a folder that holds other things, too, only what the plan itself would write.
    const left = plan.manifestName === undefined ? old.files : old.files.filter((name) => files.includes(name));
    for (const name of left) removeTree(`${folder}/${partName(name)}`);
    // Without a manifest what has its name already is of no whole dataset.
    if (!hasManifest(plan)) for (const name of left) removeTree(`${folder}/${name}`);
    removeFile(path);
    if (!createText(path, JSON.stringify(claim))) throw busy(path, readClaim(path));
  }
  for (const name of files) removeTree(`${folder}/${partName(name)}`);
  return {
    release() {
      try {
        if (readClaim(path)?.pid === claim.pid) removeFile(path);
      } catch {
        // The folder went away meanwhile, and the claim with it.
      }
    },
  };
}

function hasManifest({ folder, manifestName }: DatasetPlan): boolean {
  const names = manifestName === undefined ? [MANIFEST_NAME, METADATA_NAME] : [manifestName];
  return names.some((name) => isThere(`${folder}/${name}`));
}

function busy(path: string, claim: Claim | undefined): InputError {
  const who = claim ? `process ${claim.pid}` : "another process";
  const at = path.lastIndexOf("/");
  const [folder, name] = [path.slice(0, at), path.slice(at + 1)];
  return new InputError(`${folder} is being written by ${who}: wait for it, or end it and delete ${name} there`);
}

function readClaim(path: string): Claim | undefined {
  try {
    const claim = JSON.parse(readTextIfThere(path) ?? "null") as Partial<Claim> | null;
    const isClaim = Number.isSafeInteger(claim?.pid) && Array.isArray(claim?.files) && claim.files.every(isPlainName);
    return isClaim ? (claim as Claim) : undefined;
  } catch {
    return undefined; // just being written
  }
}

/** Removes an older dataset, its manifest first: without one, what remains at any moment counts as unfinished. */
function removeDataset({ folder, manifestName }: DatasetPlan): void {
  const files = filesOfManifest(folder, manifestName);
  for (const name of [manifestName ?? MANIFEST_NAME, ...files]) removeFile(`${folder}/${name}`);
}

function filesOfManifest(folder: string, manifestName: string | undefined): string[] {
  try {
    // Only what is still as long as it was written: an edited manifest may name somebody else's file.
    const records = readManifest(folder, manifestName)?.files ?? [];
    return records.filter(({ path, bytes }) => fileLength(`${folder}/${path}`) === bytes).map(({ path }) => path);
  } catch (error) {
    if (error instanceof InputError) return []; // a damaged manifest names nothing that could be trusted
    throw error;
  }
}
