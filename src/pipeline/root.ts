import { InputError } from "../data/errors.ts";
import { environment, isWritableFolder } from "../runtime/environment.ts";
import { absolutePath } from "../runtime/files.ts";

/** The folder that all large files lie under, and what it was chosen by. */
export interface Root {
  readonly path: string;
  readonly why: string;
}

const SHARED_ROOT = "/workspace";
const OWN_ROOT = "./workspace";
const MAX_COMPONENT_BYTES = 200;
const DEVICE = /^(con|prn|aux|nul|(?:com|lpt)[0-9¹²³])(?=\.|$)/i; // what Windows keeps for itself, with any ending

/** `--root`, else SEEDBED_ROOT, else /workspace where it can be written, else ./workspace. */
export function rootOf(flag: string | undefined): Root {
  if (flag === "") throw new InputError('Root "" is not allowed: give a folder');
  if (flag !== undefined) return { path: flag, why: "--root" };
  const given = environment("SEEDBED_ROOT");
  if (given !== undefined) return { path: given, why: "SEEDBED_ROOT" };
  return isWritableFolder(SHARED_ROOT)
    ? { path: SHARED_ROOT, why: "it is there; --root or SEEDBED_ROOT choose another" }
    : { path: OWN_ROOT, why: `${SHARED_ROOT} cannot be written; --root or SEEDBED_ROOT choose another` };
}

/**
 * A name as one part of a path that cannot leave its folder: "/" becomes "__", letters, digits, "-", "_" and "." stay,
 * anything else becomes "-"; a device of Windows gets a "-" behind it. Throws `InputError` for an empty name, one that ends
 * with "." (so for "." and ".."), and one of more than 200 bytes.
 */
export function component(name: string): string {
  const part = name
    .normalize("NFC")
    .replaceAll("/", "__")
    .replaceAll(/[^\p{L}\p{M}\p{N}._-]/gu, "-")
    .replace(DEVICE, "$1-");
  const shown = name.length > 80 ? `${name.slice(0, 80)}…` : name;
  if (part === "" || part.endsWith("."))
    throw new InputError(`Name "${shown}" is not allowed: expected one that is not empty and does not end with "."`);
  if (new TextEncoder().encode(part).length > MAX_COMPONENT_BYTES)
    throw new InputError(`Name "${shown}" is not allowed: more than ${MAX_COMPONENT_BYTES} bytes`);
  return part;
}

/** Where the files of a dataset are as they were downloaded. */
export function rawFolder(root: string, source: string, dataset: string, version: string): string {
  return under(root, "datasets", "raw", component(source), component(dataset), component(version));
}

/** Where its normalised text is. */
export function processedFolder(root: string, dataset: string, version: string): string {
  return under(root, "datasets", "processed", component(dataset), component(version));
}

/** Where the shards of its embeddings are. */
export function shardFolder(root: string, model: string, dataset: string, split: string): string {
  return under(root, "embeddings", component(model), component(dataset), component(split));
}

/** Names of folders, and the root that they lie under. */
export interface ShardPlace {
  readonly root: string;
  readonly model: string;
  readonly dataset: string;
  readonly split: string;
}

/** Of what a folder is that lies where `shardFolder` puts shards; undefined for any other. */
export function placeOfShards(folder: string): ShardPlace | undefined {
  const path = absolutePath(folder).replaceAll("\\", "/");
  const [, root, model, dataset, split] = /^(.*)\/embeddings\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
  return split === undefined ? undefined : { root: root!, model: model!, dataset: dataset!, split };
}

/** Where the manifest of its embeddings is. */
export function indexFolder(root: string, model: string, dataset: string): string {
  return under(root, "indexes", component(model), component(dataset));
}

/** Where answers are kept until they are in a shard. */
export function cacheFolder(root: string, model: string, dataset: string): string {
  return under(root, "cache", component(model), component(dataset));
}

function under(root: string, ...parts: readonly string[]): string {
  return [root.replace(/\/+$/, ""), ...parts].join("/");
}
