import type { EmbeddingManifest, ShardRecord, SplitRecord } from "../data/embeddings.ts";
import { InputError } from "../data/errors.ts";
import { TEXT_FAILURES } from "../embed/tally.ts";
import { EMBEDDING_MANIFEST, readEmbeddingManifest } from "../pipeline/embed/manifest.ts";
import { holdsLedgers } from "../pipeline/ingest/ledger.ts";
import { shardFolder } from "../pipeline/root.ts";
import { orAborted } from "../runtime/abort.ts";
import { listFolder } from "../runtime/files.ts";
import { processorCount } from "../runtime/system.ts";
import { createIdSet, type IdSet } from "../data/idset.ts";
import { idsOfRows, MAX_ROW_FAULTS, quoted, type ShardReport } from "./shardcheck.ts";
import { openShardCheckers, type ShardCheckers } from "./shardcheckers.ts";

export interface EmbeddingsReport {
  readonly dataset: string;
  readonly model: string;
  /** One line each; empty when everything agrees. */
  readonly faults: readonly string[];
  readonly shards: number;
  readonly rows: number;
}

export interface VerifyEmbeddingsOptions {
  /** Threads beside the calling one that check shards, or as many as are worth it; 0 checks them on this one. Default "auto". */
  readonly workers?: number | "auto" | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told how many bytes of how many were hashed. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Checks a dataset of embeddings against its manifest: bytes and checksum of each shard, and of its rows their number,
 * columns, dimension, finite values, norms, texts, and that no id comes twice in a split. The report is the same for any
 * number of workers. Throws `InputError` where there is no manifest, or one that cannot be understood.
 */
export async function verifyEmbeddings(
  root: string,
  folder: string,
  { workers = "auto", signal, onProgress }: VerifyEmbeddingsOptions = {},
): Promise<EmbeddingsReport> {
  const manifest = readEmbeddingManifest(`${root}/${folder}`);
  if (!manifest) throw new InputError(`${root}/${folder} holds no ${EMBEDDING_MANIFEST}`);
  const { dataset, model, embedding_dim, shards } = manifest;
  const total = shards.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  const threads = Math.min(workers === "auto" ? worthwhileWorkers(shards.length, total) : workers, shards.length);
  const checkers = await openShardCheckers({ root, dataset, model, embedding_dim }, threads, (bytes) => {
    signal?.throwIfAborted();
    onProgress?.((done += bytes), total);
  });
  try {
    const inOrder = manifest.splits.flatMap(({ split }) => shards.filter((each) => each.split === split));
    const reports = reportsOf(checkers, inOrder, signal);
    const faults: string[] = [];
    let rows = 0;
    for (const split of manifest.splits) {
      faults.push(...faultsOfSplit(root, manifest, split));
      const ids = createIdSet();
      for (const { path } of inOrder.filter((each) => each.split === split.split)) {
        const report = (await reports.next()).value as ShardReport;
        rows += report.rows;
        faults.push(...(await faultsOfShard(`${root}/${path}`, report, ids)).map((fault) => `${path}: ${fault}`));
      }
    }
    return { dataset, model, faults, shards: shards.length, rows };
  } finally {
    await checkers.close();
  }
}

/** Below this a thread starts later than the calling one ends. */
const WORTH_A_WORKER_BYTES = 32e6;
/** Each takes the memory of a block of rows and of what decodes it. */
const MAX_WORKERS = 4;

function worthwhileWorkers(shards: number, bytes: number): number {
  return shards < 2 || bytes < WORTH_A_WORKER_BYTES ? 0 : Math.min(processorCount(), MAX_WORKERS);
}

/** The reports of the shards in their order. */
async function* reportsOf(
  checkers: ShardCheckers,
  records: readonly ShardRecord[],
  signal: AbortSignal | undefined,
): AsyncGenerator<ShardReport> {
  const asked: Promise<ShardReport>[] = [];
  for (let next = 0; next < records.length || asked.length > 0;) {
    while (next < records.length && asked.length < checkers.concurrency) {
      const report = checkers.check(records[next++]!);
      report.catch(() => {}); // awaited in its turn
      asked.push(report);
    }
    yield await orAborted(asked.shift()!, signal);
  }
}

/** What the shard's own check found, and the ids that were in an earlier row of the split. */
async function faultsOfShard(path: string, report: ShardReport, ids: IdSet): Promise<string[]> {
  const again: number[] = [];
  let first = 0;
  for (const hashes of report.ids) {
    for (const at of ids.addHashed(hashes)) if (again.length < MAX_ROW_FAULTS) again.push(first + at);
    first += hashes.length / 2;
  }
  const names = again.length > 0 ? await idsOfRows(path, again) : [];
  const ofIds = again.map((row, at) => ({
    row,
    fault: `row ${row}: id ${quoted(names[at]!)} is that of an earlier row`,
  }));
  const ofRows = [...ofIds, ...report.rowFaults].sort((a, b) => a.row - b.row).slice(0, MAX_ROW_FAULTS);
  return [...report.faults, ...ofRows.map(({ fault }) => fault), ...(ofRows.length > 0 ? [] : report.recordFaults)];
}

function faultsOfSplit(root: string, { model, dataset, shards }: EmbeddingManifest, record: SplitRecord): string[] {
  const { split, complete, chunks, rows_skipped: skipped } = record;
  const faults: string[] = [];
  const own = shards.filter((shard) => shard.split === split);
  const rows = own.reduce((sum, shard) => sum + shard.rows, 0);
  const failed = TEXT_FAILURES.reduce((sum, kind) => sum + (skipped?.[kind] ?? 0), 0);
  if (!complete) faults.push(`split ${split}: unfinished; embed it again with --resume`);
  else if (rows + failed !== chunks)
    faults.push(`split ${split}: ${rows} rows and ${failed} failures of ${chunks} texts; embed it again with --resume`);
  const listed = new Set(own.map(({ path }) => path));
  const folder = shardFolder(".", model, dataset, split).slice(2);
  for (const name of listFolder(`${root}/${folder}`)) {
    if (!holdsLedgers(name) && !listed.has(`${folder}/${name}`))
      faults.push(`${folder}/${name}: the manifest does not list it`);
  }
  return faults;
}
