import { EMBEDDING_FORMAT, type EmbeddingIdentity, type EmbeddingManifest } from "../../data/embeddings.ts";
import { InputError } from "../../data/errors.ts";
import { canonicalJson } from "../../data/recipe.ts";
import { readTextIfThere, sha256, writeWhole } from "../../runtime/files.ts";
import { asFields, isCount } from "../../data/fields.ts";
import { compareTexts } from "./textorder.ts";

export const EMBEDDING_MANIFEST = "manifest.json";
const MAX_BYTES = 1 << 28; // about 300,000 shards

/** The manifest in the index folder of a model and dataset; undefined where there is none. Throws `InputError` for a damaged one. */
export function readEmbeddingManifest(folder: string): EmbeddingManifest | undefined {
  const path = `${folder}/${EMBEDDING_MANIFEST}`;
  const text = readTextIfThere(path, MAX_BYTES);
  if (text === undefined) return undefined;
  let manifest: Partial<EmbeddingManifest> | null;
  try {
    manifest = JSON.parse(text) as Partial<EmbeddingManifest> | null;
  } catch (cause) {
    throw new InputError(`${path} is not JSON`, { cause });
  }
  if (manifest?.format !== EMBEDDING_FORMAT) throw new InputError(`${path} is not a manifest of embeddings`);
  const { splits, shards, model, dataset, embedding_dim, rows_per_shard } = manifest;
  const isWhole =
    [model, dataset].every((name) => typeof name === "string") &&
    [embedding_dim, rows_per_shard].every((count) => isCount(count) && count > 0) &&
    Array.isArray(splits) &&
    splits.every((split) => typeof split?.split === "string" && asFields(split.identity) !== undefined) &&
    Array.isArray(shards) &&
    shards.every(isShardRecord);
  if (!isWhole) throw new InputError(`${path} is not a whole manifest of embeddings`);
  return manifest as EmbeddingManifest;
}

function isShardRecord(shard: Partial<EmbeddingManifest["shards"][number]> | null): boolean {
  const { path, split, sha256: sum, items_sha256: items, shard_index: index, rows, bytes } = shard ?? {};
  const isInside = typeof path === "string" && path.split(/[/\\]/).every((part) => part !== ".." && part !== "");
  return (
    isInside && [split, sum, items].every((value) => typeof value === "string") && [index, rows, bytes].every(isCount)
  );
}

/** Replaces the manifest in one step, and returns it. Splits and shards are put in order. */
export function writeEmbeddingManifest(
  folder: string,
  manifest: Omit<EmbeddingManifest, "identity" | "rows_total">,
): EmbeddingManifest {
  const splits = [...manifest.splits].sort((a, b) => compareTexts(a.split, b.split));
  const shards = [...manifest.shards].sort((a, b) => compareTexts(a.split, b.split) || a.shard_index - b.shard_index);
  const { format, model, dataset, embedding_dim, rows_per_shard, created_at } = manifest;
  const whole: EmbeddingManifest = {
    ...{ format, model, dataset, rows_total: shards.reduce((sum, { rows }) => sum + rows, 0) },
    ...{ embedding_dim, rows_per_shard, identity: identityHash(splits.map(({ identity }) => identity)) },
    ...{ splits, shards, created_at },
  };
  writeWhole(`${folder}/${EMBEDDING_MANIFEST}`, `${JSON.stringify(whole, null, 2)}\n`);
  return whole;
}

/** SHA-256 of what must not change. */
function identityHash(identities: readonly EmbeddingIdentity[]): string {
  return sha256(canonicalJson(identities.map((identity) => ({ ...identity }))));
}

/** Throws `InputError` that names the first thing, of these names, in which a run differs from what is there. */
export function checkIdentity(
  place: string,
  there: EmbeddingIdentity,
  asked: EmbeddingIdentity,
  names: readonly string[] = Object.keys(asked),
): void {
  for (const name of names) {
    const [old, now] = [there[name] ?? null, asked[name] ?? null];
    if (old === now) continue;
    throw new InputError(
      `${place} was made with ${name} ${String(old ?? "none")}, not ${String(now ?? "none")}: ` +
        "ask for the same, or give another --root",
    );
  }
}
