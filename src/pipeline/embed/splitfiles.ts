import { fileLength, listFolder, makeFolder, removeEmptyFolders, removeFile } from "../../runtime/files.ts";
import { component } from "../root.ts";

/** Where a split of a dataset of embeddings lies; folders as seen from the root. */
export interface EmbeddingPlace {
  readonly root: string;
  readonly shards: string;
  readonly index: string;
  readonly cache: string;
}

/** The files of one split: its shards, and spools of those that are not written yet. */
export interface SplitFiles {
  /** The folder of the manifest. */
  readonly index: string;
  spoolOf(shard: number): string;
  /** Whether an answer is in a spool. */
  hasSpooled(): boolean;
  removeSpools(): void;
  /** Removes shards that are not among these, given as seen from the root. */
  removeShardsBut(paths: readonly string[]): void;
  /** Removes the folders that were made for nothing. */
  removeEmpty(): void;
}

/** Makes the folders of a split. */
export function openSplitFiles({ root, ...place }: EmbeddingPlace, split: string): SplitFiles {
  const [index, cache, shards] = [place.index, place.cache, place.shards].map((folder) => `${root}/${folder}`) as [
    string,
    string,
    string,
  ];
  const made = [index, cache, shards].map((path) => ({ path, topmost: makeFolder(path) }));
  const spoolName = (number: string) => `${component(split)}-${number}.answers`;
  const spools = () => numbered(cache, spoolName).map((name) => `${cache}/${name}`);
  return {
    index,
    spoolOf: (shard) => `${cache}/${spoolName(numberOf(shard))}`,
    hasSpooled: () => spools().some((path) => (fileLength(path) ?? 0) > 0),
    removeSpools: () => spools().forEach(removeFile),
    removeShardsBut(paths) {
      const listed = new Set(paths);
      for (const name of numbered(shards, shardName))
        if (!listed.has(`${place.shards}/${name}`)) removeFile(`${shards}/${name}`);
    },
    removeEmpty() {
      for (const { path, topmost } of made) if (topmost !== undefined) removeEmptyFolders(path, topmost);
    },
  };
}

/** A shard as seen from the root. */
export function shardPath({ shards }: EmbeddingPlace, shard: number): string {
  return `${shards}/${shardName(numberOf(shard))}`;
}

function numberOf(shard: number): string {
  return String(shard).padStart(5, "0");
}

function shardName(number: string): string {
  return `shard-${number}.parquet`;
}

/** The files of a folder whose names are those of numbers. */
function numbered(folder: string, nameOf: (number: string) => string): string[] {
  return listFolder(folder).filter((name) => {
    const number = /(\d{5,})\D*$/.exec(name)?.[1];
    return number !== undefined && name === nameOf(number);
  });
}
