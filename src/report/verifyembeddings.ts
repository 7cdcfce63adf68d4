import type { EmbeddingManifest, ShardRecord, SplitRecord } from "../data/embeddings.ts";
import { InputError } from "../data/errors.ts";
import { TEXT_FAILURES } from "../embed/tally.ts";
import { openShard } from "../formats/embeddingshard.ts";
import { EMBEDDING_MANIFEST, readEmbeddingManifest } from "../pipeline/embed/manifest.ts";
import { createShardStatistics } from "../pipeline/embed/shardfile.ts";
import { shardFolder } from "../pipeline/root.ts";
import { listFolder, openFile, sha256OfFile, type OpenFile } from "../runtime/files.ts";
import { createIdSet } from "../targets/idset.ts";

export interface EmbeddingsReport {
  readonly dataset: string;
  readonly model: string;
  /** One line each; empty when everything agrees. */
  readonly faults: readonly string[];
  readonly shards: number;
  readonly rows: number;
}

export interface VerifyEmbeddingsOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told how many bytes of how many were hashed. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Checks a dataset of embeddings against its manifest: bytes and checksum of each shard, and of its rows their number,
 * columns, dimension, finite values, norms, texts, and that no id comes twice in a split. Throws `InputError` where there is
 * no manifest, or one that cannot be understood.
 */
export async function verifyEmbeddings(
  root: string,
  folder: string,
  { signal, onProgress }: VerifyEmbeddingsOptions = {},
): Promise<EmbeddingsReport> {
  const manifest = readEmbeddingManifest(`${root}/${folder}`);
  if (!manifest) throw new InputError(`${root}/${folder} holds no ${EMBEDDING_MANIFEST}`);
  const faults: string[] = [];
  const total = manifest.shards.reduce((sum, { bytes }) => sum + bytes, 0);
  let [done, rows] = [0, 0];
  for (const split of manifest.splits) {
    faults.push(...faultsOfSplit(root, manifest, split));
    const ids = createIdSet();
    for (const shard of manifest.shards.filter((each) => each.split === split.split)) {
      const report = await verifyShard(`${root}/${shard.path}`, shard, manifest, ids, (bytes) => {
        signal?.throwIfAborted();
        onProgress?.((done += bytes), total);
      });
      rows += report.rows;
      faults.push(...report.faults.map((fault) => `${shard.path}: ${fault}`));
    }
  }
  return { dataset: manifest.dataset, model: manifest.model, faults, shards: manifest.shards.length, rows };
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
    const isLedger = name.endsWith(".ingest"); // of a load of a shard
    if (!isLedger && !listed.has(`${folder}/${name}`)) faults.push(`${folder}/${name}: the manifest does not list it`);
  }
  return faults;
}

async function verifyShard(
  path: string,
  record: ShardRecord,
  manifest: EmbeddingManifest,
  ids: ReturnType<typeof createIdSet>,
  onBytes: (count: number) => void,
): Promise<{ rows: number; faults: string[] }> {
  let file: OpenFile | undefined;
  try {
    file = await openFile(path);
    if (file.byteLength !== record.bytes)
      return { rows: 0, faults: [`${file.byteLength} bytes, expected ${record.bytes}`] };
    const sum = await sha256OfFile(file, onBytes);
    const changed = sum === record.sha256 ? [] : [`SHA-256 ${sum}, expected ${record.sha256}`];
    const { rows, faults } = await verifyRows(file, record, manifest, ids);
    return { rows, faults: [...changed, ...faults] };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { rows: 0, faults: [error.message] };
  } finally {
    await file?.close();
  }
}

async function verifyRows(
  file: OpenFile,
  record: ShardRecord,
  manifest: EmbeddingManifest,
  ids: ReturnType<typeof createIdSet>,
): Promise<{ rows: number; faults: string[] }> {
  const faults = new Set<string>(); // a damaged shard would tell the same of every row
  const { embedding_dim: dim, dataset, model } = manifest;
  const statistics = createShardStatistics(dim);
  let rows = 0;
  for await (const block of (await openShard(file)).blocks()) {
    if (block.embeddings.length !== block.rows.length * dim) {
      faults.add(`vectors of ${block.embeddings.length / block.rows.length} values, expected ${dim}`);
      break;
    }
    statistics.add(block);
    for (const [at, row] of block.rows.entries()) {
      if (!ids.add(row.id)) faults.add(`row ${rows + at}: id ${quoted(row.id)} is that of an earlier row`);
      if (row.dataset !== dataset || row.model !== model || row.split !== record.split)
        faults.add(`row ${rows + at} is of ${[row.model, row.dataset, row.split].map(quoted).join(", ")}`);
    }
    const bad = block.embeddings.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) faults.add(`row ${rows + Math.floor(bad / dim)}: a value is ${block.embeddings[bad]}`);
    rows += block.rows.length;
    if (faults.size > MAX_FAULTS) break;
  }
  if (faults.size > 0) return { rows, faults: [...faults].slice(0, MAX_FAULTS) };
  if (rows !== record.rows) faults.add(`${rows} rows, expected ${record.rows}`);
  for (const [name, found] of Object.entries(statistics.result())) {
    const expected = record[name as keyof ShardRecord];
    if (found !== expected) faults.add(`${name} is ${found}, expected ${String(expected)}`);
  }
  return { rows, faults: [...faults] };
}

const MAX_FAULTS = 20;
const SHOWN_UNITS = 80;

/** In one line, however long it is and whatever is in it. */
function quoted(text: string): string {
  return JSON.stringify(text.length > SHOWN_UNITS ? `${text.slice(0, SHOWN_UNITS)}…` : text);
}
