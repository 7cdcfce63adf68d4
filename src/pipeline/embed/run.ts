import { EMBEDDING_FORMAT, type EmbeddingManifest, type SplitRecord } from "../../data/embeddings.ts";
import type { Budget } from "../../embed/budget.ts";
import { embedTexts } from "../../embed/engine.ts";
import type { EmbeddingProvider } from "../../embed/provider.ts";
import type { Retry } from "../../embed/requests.ts";
import { createTally, type EmbedTally } from "../../embed/tally.ts";
import { recordDate } from "../../runtime/environment.ts";
import { removeFile } from "../../runtime/files.ts";
import { takeLock } from "../../runtime/lock.ts";
import { checkEarlier, createItemsCheck, rightShards } from "./earlier.ts";
import { openFailures } from "./failures.ts";
import type { Item } from "./items.ts";
import { EMBEDDING_MANIFEST, readEmbeddingManifest, writeEmbeddingManifest } from "./manifest.ts";
import { createOpenShards, type OpenShard } from "./openshards.ts";
import { writeSettled, type ShardsOf } from "./shardrecord.ts";
import { openSplitFiles } from "./splitfiles.ts";
import { openSpool } from "./spool.ts";

export interface EmbedRun extends ShardsOf {
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
  const files = openSplitFiles(place, split.split);
  const lock = takeLock(`${files.index}/${EMBEDDING_MANIFEST}`);
  try {
    const earlier = readEmbeddingManifest(files.index);
    checkEarlier(earlier, run);
    const ofSplit = (record: { readonly split: string }) => record.split === split.split;
    const before = earlier?.shards.filter(ofSplit) ?? [];
    const right = await rightShards(place.root, before, signal);
    const shards = new Map(right);
    const isNew = !earlier?.splits.some(ofSplit);
    if (isNew) files.removeSpools(); // nobody knows who answered them
    const failures = await openFailures(files.index, split.split, right);
    const createdAt = earlier?.created_at ?? now;
    let manifest = earlier;
    const note = (chunks: number | null): void => {
      const complete = chunks !== null;
      const own: SplitRecord = {
        ...split,
        rows_skipped: { ...split.rows_skipped, ...failures.counts() },
        ...{ chunks, complete },
      };
      manifest = writeEmbeddingManifest(files.index, {
        ...{ format: EMBEDDING_FORMAT, model: run.model, dataset: run.dataset },
        ...{ embedding_dim: provider.dim, rows_per_shard: run.rowsPerShard, created_at: createdAt },
        splits: [...(earlier?.splits.filter((record) => !ofSplit(record)) ?? []), own],
        shards: [...(earlier?.shards.filter((record) => !ofSplit(record)) ?? []), ...shards.values()],
      });
    };
    if (isNew) note(null); // from here on, another identity is refused
    const write = async (shard: OpenShard): Promise<void> => {
      const record = await writeSettled(shard, run);
      if (record) shards.set(shard.shard, record);
      failures.add(shard);
      note(null);
      shard.spool.remove();
    };

    const open = createOpenShards((shard) => openSpool(files.spoolOf(shard), provider.dim), write);
    const tally = createTally();
    const outcome = (isUndone = false): EmbedOutcome => {
      const repaired = before.filter(({ shard_index: at }) => shards.has(at) && !right.has(at)).length;
      return { manifest: manifest!, tally, kept: right.size, repaired, failed: failures.total(), isUndone };
    };
    const undo = (): void => {
      files.removeSpools();
      files.removeEmpty();
      if (earlier) writeEmbeddingManifest(files.index, earlier);
      else removeFile(`${files.index}/${EMBEDDING_MANIFEST}`);
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
        hasAnswers: right.size > 0 || files.hasSpooled(),
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
      const isUndone = isNew && shards.size === 0 && failures.total() === 0 && !files.hasSpooled();
      quietly(() => isUndone && undo());
      quietly(() => run.onEnd?.(outcome(isUndone), error));
      throw error;
    } finally {
      isOver = true;
      open.close();
      failures.close();
    }
    note(chunks);
    files.removeSpools(); // of shards that were written just before a run was killed
    const end = outcome();
    files.removeShardsBut(end.manifest.shards.map(({ path }) => path));
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
