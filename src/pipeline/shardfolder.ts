import { listFolder } from "../runtime/files.ts";

const SHARD = /^shard-(\d+)\.parquet$/;

/** The paths of the shards of embeddings in a folder, in the order of their numbers; empty where there are none. */
export function shardsIn(folder: string): string[] {
  const numberOf = (name: string) => Number(SHARD.exec(name)![1]);
  const names = listFolder(folder).filter((name) => SHARD.test(name));
  return names.sort((a, b) => numberOf(a) - numberOf(b)).map((name) => `${folder}/${name}`);
}
