import { InputError } from "../data/errors.ts";
import { fileLength, listFolder } from "../runtime/files.ts";
import { shown } from "../data/fields.ts";
import { readEmbeddingManifest } from "./embed/manifest.ts";
import { placeOfShards } from "./root.ts";

const SHARD = /^shard-(\d+)\.parquet$/;

/**
 * The paths of the shards of embeddings in a folder, in the order of their numbers; empty where there are none. Throws
 * `InputError` where the folder lies under a root with a manifest of it, and files or their lengths are not those listed there.
 */
export function shardsIn(folder: string): string[] {
  const numberOf = (name: string) => Number(SHARD.exec(name)![1]);
  const names = listFolder(folder).filter((name) => SHARD.test(name));
  checkListed(folder, names);
  return names.sort((a, b) => numberOf(a) - numberOf(b)).map((name) => `${folder}/${name}`);
}

/** A number that is left out tells nothing: a shard whose texts all failed is never written. */
function checkListed(folder: string, names: readonly string[]): void {
  const place = placeOfShards(folder);
  if (!place) return;
  const { root, model, dataset, split } = place;
  const manifest = readEmbeddingManifest(`${root}/indexes/${model}/${dataset}`); // names of folders, as they are
  if (!manifest) return;
  const start = `embeddings/${model}/${dataset}/${split}/`;
  const listed = manifest.shards.flatMap(({ path, bytes }) =>
    path.startsWith(start) ? [{ name: path.slice(start.length), bytes }] : [],
  );
  const there = new Set(names);
  const known = new Set(listed.map(({ name }) => name));
  const differences = [
    ...listed.map(({ name, bytes }) =>
      differenceOf(name, bytes, there.has(name) ? fileLength(`${folder}/${name}`) : undefined),
    ),
    ...names.map((name) => (known.has(name) ? undefined : `${name} is not in the manifest`)),
  ];
  const first = differences.find((difference) => difference !== undefined);
  if (first === undefined) return;
  throw new InputError(
    `${folder} is not as its manifest says: ${first}; run embed --resume again, or see verify --dataset ${dataset}`,
  );
}

function differenceOf(name: string, expected: number, bytes: number | undefined): string | undefined {
  if (bytes === undefined) return `${shown(name)} is missing`;
  return bytes === expected ? undefined : `${name} has ${bytes} bytes, not ${expected}`;
}
