import type { EmbeddingManifest, ShardRecord, SplitRecord } from "../../data/embeddings.ts";
import { InputError } from "../../data/errors.ts";
import { fileLength, openFile, sha256OfFile } from "../../runtime/files.ts";
import { checkUnlocked } from "../../runtime/lock.ts";
import { component } from "../root.ts";
import { createItemsHash, type Item } from "./items.ts";
import { checkIdentity, EMBEDDING_MANIFEST, readEmbeddingManifest } from "./manifest.ts";

/** What a run is to go on with. */
interface AskedOfEarlier {
  readonly place: { readonly root: string; readonly index: string };
  readonly model: string;
  readonly dataset: string;
  readonly split: Pick<SplitRecord, "split" | "identity">;
  readonly resume: boolean;
}

/** What vectors must have in common to be in one dataset. */
const OF_ALL_SPLITS = ["model", "dimensions", "host", "rows_per_shard"];

/** Throws `InputError` while another run has the dataset, and as `checkEarlier` does. Writes nothing. */
export function checkPlace(asked: AskedOfEarlier): void {
  const folder = `${asked.place.root}/${asked.place.index}`;
  checkUnlocked(`${folder}/${EMBEDDING_MANIFEST}`);
  checkEarlier(readEmbeddingManifest(folder), asked);
}

/** Throws `InputError` where a run cannot go into the dataset that is there. */
export function checkEarlier(
  earlier: EmbeddingManifest | undefined,
  { place, model, dataset, split, resume }: AskedOfEarlier,
): void {
  if (!earlier) return;
  const path = `${place.root}/${place.index}`;
  const common = { model, dataset };
  checkIdentity(path, { model: earlier.model, dataset: earlier.dataset }, common);
  for (const other of earlier.splits) {
    if (other.split === split.split) continue;
    checkIdentity(path, other.identity, split.identity, OF_ALL_SPLITS);
    if (component(other.split) === component(split.split))
      throw new InputError(
        `Split ${split.split} would lie in the folder of split ${other.split}: give another name or --root`,
      );
  }
  const there = earlier.splits.find((record) => record.split === split.split);
  if (!there) return;
  checkIdentity(path, there.identity, split.identity);
  if (resume) return;
  throw new InputError(
    `${path} holds split ${split.split}${there.complete ? "" : ", unfinished"}: add --resume to check, complete and repair it, ` +
      "or give another --root",
  );
}

/** The shards of a manifest whose files are as it says. */
export async function rightShards(
  root: string,
  records: readonly ShardRecord[],
  signal: AbortSignal,
): Promise<ReadonlyMap<number, ShardRecord>> {
  const right = new Map<number, ShardRecord>();
  for (const record of records) {
    const path = `${root}/${record.path}`;
    if (fileLength(path) !== record.bytes) continue;
    const file = await openFile(path);
    try {
      const sum = await sha256OfFile(file, () => signal.throwIfAborted());
      if (sum === record.sha256) right.set(record.shard_index, record);
    } finally {
      await file.close();
    }
  }
  return right;
}

/**
 * Takes the items in their order, then undefined; throws `InputError` where those of a shard are not those that it was made
 * from, be it there or not.
 */
export function createItemsCheck(records: readonly ShardRecord[]): (item: Item | undefined) => void {
  const expected = new Map(records.map((record) => [record.shard_index, record]));
  let at: { readonly record: ShardRecord; readonly hash: ReturnType<typeof createItemsHash> } | undefined;
  const finish = (): void => {
    if (!at) return;
    if (at.hash.digest() !== at.record.items_sha256) throw changed(at.record);
    expected.delete(at.record.shard_index);
  };
  return (item) => {
    const record = item && expected.get(item.shard);
    if (record !== at?.record) {
      finish();
      at = record && { record, hash: createItemsHash() };
    }
    if (item) return at?.hash.add(item);
    for (const missing of expected.values()) throw changed(missing); // there are fewer items now
  };
}

function changed({ path }: ShardRecord): InputError {
  return new InputError(
    `The texts of ${path} are not those of the dataset any more: its files were changed. Give another --root`,
  );
}
