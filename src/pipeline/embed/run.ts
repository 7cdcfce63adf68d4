import {
  EMBEDDING_FORMAT,
  type EmbeddingManifest,
  type EmbeddingRow,
  type ShardRecord,
  type SplitRecord,
} from "../../data/embeddings.ts";
import { PACKAGE_NAME, VERSION } from "../../data/version.ts";
import type { Budget } from "../../embed/budget.ts";
import { embedTexts } from "../../embed/engine.ts";
import type { EmbeddingProvider } from "../../embed/provider.ts";
import type { Retry } from "../../embed/requests.ts";
import { createTally, type EmbedTally } from "../../embed/tally.ts";
import { recordDate } from "../../runtime/environment.ts";
import { fileLength, listFolder, makeFolder, removeEmptyFolders, removeFile } from "../../runtime/files.ts";
import { takeLock } from "../../runtime/lock.ts";
import { component } from "../root.ts";
import { checkEarlier, createItemsCheck, rightShards } from "./earlier.ts";
import { openFailures } from "./failures.ts";
import type { Item } from "./items.ts";
import { EMBEDDING_MANIFEST, readEmbeddingManifest, writeEmbeddingManifest } from "./manifest.ts";
import { createOpenShards, type OpenShard } from "./openshards.ts";
import { writeShard } from "./shardfile.ts";
import { openSpool } from "./spool.ts";

/** Where a split of a dataset of embeddings lies; folders as seen from the root. */
export interface EmbeddingPlace {
  readonly root: string;
  readonly shards: string;
  readonly index: string;
  readonly cache: string;
}

export interface EmbedRun {
  readonly place: EmbeddingPlace;
  readonly model: string;
  readonly dataset: string;
  /** What is recorded of the split; the counts of the end come from the run. */
  readonly split: Omit<SplitRecord, "chunks" | "complete">;
  readonly rowsPerShard: number;
  readonly provider: EmbeddingProvider;
  /** The same items at every call. */
  readonly items: () => AsyncIterable<Item>;
  /** Goes on with a dataset that is there, after a check of each of its shards. */
  readonly resume: boolean;
  readonly concurrency: number;
  readonly batchSize: number;
  readonly maxBatchTokens: number;
  readonly budget?: Budget | undefined;
  readonly gitSha: string | null;
  readonly signal: AbortSignal;
  readonly onRetry?: ((retry: Retry) => void) | undefined;
  /** Told how many more texts are in the dataset, or have failed. */
  readonly onSettled?: ((count: number) => void) | undefined;
  /** Told what has come of it when it ends, and what ended it early, while no other run can have the dataset. */
  readonly onEnd?: ((outcome: EmbedOutcome, error?: unknown) => void) | undefined;
}

export interface EmbedOutcome {
  readonly manifest: EmbeddingManifest;
  readonly tally: EmbedTally;
  /** Shards that were there and right, and those that were not and were made again. */
  readonly kept: number;
  readonly repaired: number;
  readonly failed: number;
  /** Whether it ended early, before anything could be kept of a split that was not there: the manifest is as it was. */
  readonly isUndone: boolean;
}

/**
 * Embeds the items of a split into shards, in their order, and notes each in the manifest as soon as it is there. Vectors are
 * on the disk as soon as they are answered. Throws `InputError` where another dataset is there; what ends a run early (see
 * `embedTexts`) after all that was answered is kept, or, where that is nothing, the manifest is put back as it was.
 */
export async function embedDataset(run: EmbedRun): Promise<EmbedOutcome> {
  const { place, provider, signal, split } = run;
  const now = recordDate(); // before anything is made: it may be one that is not allowed
  const [indexFolder, cacheFolder] = [place.index, place.cache].map((folder) => `${place.root}/${folder}`);
  const made = [indexFolder!, cacheFolder!, `${place.root}/${place.shards}`].map((path) => ({
    path,
    topmost: makeFolder(path),
  }));
  const lock = takeLock(`${indexFolder}/${EMBEDDING_MANIFEST}`);
  try {
    const earlier = readEmbeddingManifest(indexFolder!);
    checkEarlier(earlier, run);
    const ofSplit = (record: { readonly split: string }) => record.split === split.split;
    const before = earlier?.shards.filter(ofSplit) ?? [];
    const right = await rightShards(place.root, before, signal);
    const shards = new Map(right);
    const spoolName = (shard: string) => `${component(split.split)}-${shard}.answers`;
    const isNew = !earlier?.splits.some(ofSplit);
    if (isNew) removeNumbered(cacheFolder!, spoolName); // nobody knows who answered them
    const hasSpooled = () =>
      numbered(cacheFolder!, spoolName).some((name) => fileLength(`${cacheFolder}/${name}`)! > 0);
    const failures = await openFailures(indexFolder!, split.split, right);
    const createdAt = earlier?.created_at ?? now;
    let manifest = earlier;
    const note = (chunks: number | null): void => {
      const complete = chunks !== null;
      const own: SplitRecord = {
        ...split,
        rows_skipped: { ...split.rows_skipped, ...failures.counts() },
        ...{ chunks, complete },
      };
      manifest = writeEmbeddingManifest(indexFolder!, {
        ...{ format: EMBEDDING_FORMAT, model: run.model, dataset: run.dataset },
        ...{ embedding_dim: provider.dim, rows_per_shard: run.rowsPerShard, created_at: createdAt },
        splits: [...(earlier?.splits.filter((record) => !ofSplit(record)) ?? []), own],
        shards: [...(earlier?.shards.filter((record) => !ofSplit(record)) ?? []), ...shards.values()],
      });
    };
    if (isNew) note(null); // from here on, another identity is refused
    const write = async (shard: OpenShard): Promise<void> => {
      const record = await recordOf(shard, run);
      if (record) shards.set(shard.shard, record);
      failures.add(shard);
      note(null);
      shard.spool.remove();
    };

    const open = createOpenShards(
      (shard) => openSpool(`${cacheFolder}/${spoolName(numberOf(shard))}`, provider.dim),
      write,
    );
    const tally = createTally();
    const outcome = (isUndone = false): EmbedOutcome => {
      const repaired = before.filter(({ shard_index: at }) => shards.has(at) && !right.has(at)).length;
      return { manifest: manifest!, tally, kept: right.size, repaired, failed: failures.total(), isUndone };
    };
    const undo = (): void => {
      removeNumbered(cacheFolder!, spoolName);
      for (const { path, topmost } of made) if (topmost !== undefined) removeEmptyFolders(path, topmost);
      if (earlier) writeEmbeddingManifest(indexFolder!, earlier);
      else removeFile(`${indexFolder}/${EMBEDDING_MANIFEST}`);
    };
    let chunks = 0;
    let isOver = false;
    async function* wanted() {
      const check = createItemsCheck(before);
      for await (const item of run.items()) {
        if (isOver) return; // nobody takes them any more, and the lock is gone
        chunks++;
        check(item);
        if (right.has(item.shard) || !open.add(item)) run.onSettled?.(1);
        else yield { index: item.index, text: item.text, tokens: item.tokens };
      }
      check(undefined);
      open.end();
    }
    try {
      await embedTexts(wanted(), provider, {
        concurrency: run.concurrency,
        batchSize: run.batchSize,
        maxBatchTokens: run.maxBatchTokens,
        budget: run.budget,
        tally,
        hasAnswers: right.size > 0 || hasSpooled(),
        signal,
        onRetry: run.onRetry,
        admit: (first) => open.room(first),
        onBatch({ indexes, vectors }) {
          open.answer(indexes, vectors);
          run.onSettled?.(indexes.length);
        },
        onFailure(index, kind, reason) {
          open.fail(index, { kind, reason });
          run.onSettled?.(1);
        },
      });
      await open.settled();
    } catch (error) {
      await open.settled().catch(() => {}); // what is whole is written before the run ends
      open.close(); // their files may go now
      const isUndone = isNew && shards.size === 0 && failures.total() === 0 && !hasSpooled();
      quietly(() => isUndone && undo());
      quietly(() => run.onEnd?.(outcome(isUndone), error));
      throw error;
    } finally {
      isOver = true;
      open.close();
      failures.close();
    }
    note(chunks);
    removeNumbered(cacheFolder!, spoolName); // of shards that were written just before a run was killed
    const end = outcome();
    const listed = new Set(end.manifest.shards.map(({ path }) => path));
    removeNumbered(`${place.root}/${place.shards}`, shardName, (name) => !listed.has(`${place.shards}/${name}`));
    run.onEnd?.(end);
    return end;
  } finally {
    lock.release();
  }
}

/** Does what can be done at the end of a run that was stopped. */
function quietly(action: () => void): void {
  try {
    action();
  } catch {
    // A full disk may be what ended the run: that is what is to be told.
  }
}

async function recordOf(shard: OpenShard, run: EmbedRun): Promise<ShardRecord | undefined> {
  const { place, model, dataset, split, provider, gitSha, signal } = run;
  const path = `${place.shards}/${shardName(numberOf(shard.shard))}`;
  const created = recordDate();
  const places = shard.items.map((_, at) => at).filter((at) => !shard.failed.has(at));
  if (places.length === 0) {
    removeFile(`${place.root}/${path}`); // a foreign one
    return undefined;
  }
  const rows = places.map((at): EmbeddingRow => {
    const { id, text, metadata } = shard.items[at]!;
    return { id, source: split.source, dataset, split: split.split, text, metadata, model, created_at: created };
  });
  const vectorInto = (row: number, out: Float32Array) => shard.spool.readInto(places[row]!, out);
  const file = await writeShard(`${place.root}/${path}`, rows, provider.dim, vectorInto, signal);
  return {
    ...{
      path,
      split: split.split,
      shard_index: shard.shard,
      rows: rows.length,
      bytes: file.bytes,
      sha256: file.sha256!,
    },
    ...{ text_sha256: file.text_sha256, items_sha256: shard.itemsHash(), embedding_dim: provider.dim },
    ...{ min_norm: file.min_norm, max_norm: file.max_norm, created_at: created },
    tool: { package: PACKAGE_NAME, version: VERSION, git_sha: gitSha },
  };
}

function numberOf(shard: number): string {
  return String(shard).padStart(5, "0");
}

function shardName(number: string): string {
  return `shard-${number}.parquet`;
}

/** Removes the files of a folder whose names are those of numbers. */
function removeNumbered(
  folder: string,
  nameOf: (number: string) => string,
  isUnwanted: (name: string) => boolean = () => true,
): void {
  for (const name of numbered(folder, nameOf)) if (isUnwanted(name)) removeFile(`${folder}/${name}`);
}

/** The files of a folder whose names are those of numbers. */
function numbered(folder: string, nameOf: (number: string) => string): string[] {
  return listFolder(folder).filter((name) => {
    const number = /(\d{5,})\D*$/.exec(name)?.[1];
    return number !== undefined && name === nameOf(number);
  });
}
