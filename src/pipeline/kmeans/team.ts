import { coreModule, type Core } from "../../core/instance.ts";
import { takeRows, type Clusters, type Taken } from "../../core/kmeans/nearest.ts";
import { storeRows } from "../../core/kmeans/rows.ts";
import { threadScript } from "../../runtime/threads.ts";
import type { Exchange } from "./messages.ts";
import { batchCount, shareOf, type Share } from "./share.ts";
import { kmeansWorker, startKMeansThread, type KMeansThread } from "./thread.ts";

/** Threads that hold the rows of a sample among them and label them together; the calling one is the first of them. */
export interface Team {
  /** Hands out the rows; those of other threads are on their way when it returns. For `coarse` see `coarseFor`. */
  load(reader: RowReader, coarse: number): void;
  /**
   * Labels the rows of batches `from` to `to` (exclusive) by the centroids of the team's clusters, whose sums and counts
   * are those of these rows then. Rejects when a thread fails or dies.
   */
  take(from: number, to: number): Promise<Taken>;
  close(): Promise<void>;
}

/** Where rows come from. */
export interface RowReader {
  /** Rows `start` to `start + rows`, to be read only. */
  view(start: number, rows: number): Float32Array;
  /** Copies of them at the front of a buffer that is long enough. */
  copy(start: number, rows: number, into: ArrayBuffer): Float32Array<ArrayBuffer>;
}

export interface TeamOptions {
  /** Rows that the sample has. */
  readonly rows: number;
  readonly dim: number;
  readonly batchRows: number;
  /** Threads beside the calling one. */
  readonly workers: number;
  /** Called now and then in long work: lets others have their turn, and rejects to end it. */
  readonly breathe: () => Promise<void>;
}

/** Multiplications between two breaths: some hundredths of a second. */
const BREATH_PRODUCTS = 1e9;

const PIECE_BYTES = 2 ** 22;
/** Rows on their way to threads, which exist once more meanwhile. */
const SENT_BYTES = 2 ** 26;

interface Member {
  readonly share: Share;
  readonly thread: KMeansThread;
  exchange: Exchange;
}

/** Starts the threads; `clusters` are those of the calling thread. */
export async function openTeam(core: Core, clusters: Clusters, options: TeamOptions): Promise<Team> {
  const { rows, dim, batchRows, workers } = options;
  const { k, stride } = clusters;
  const batches = batchCount(rows, batchRows);
  const own = shareOf(0, workers + 1, rows, batchRows);
  const stored = storeRows(core, dim, own.before(batches));
  const script = workers > 0 ? await threadScript(kmeansWorker()) : "";
  const members = Array.from({ length: workers }, (_, at): Member => {
    const share = shareOf(at + 1, workers + 1, rows, batchRows);
    const thread = startKMeansThread(script, { module: coreModule(), dim, k, rows: share.before(batches) });
    return { share, thread, exchange: newExchange(k, stride) };
  });
  let sent: Promise<unknown> | undefined;
  let coarse = 0;
  const most = Math.max(1, Math.floor(BREATH_PRODUCTS / (k * stride)));
  const takeOwn = async (first: number, count: number): Promise<Taken> => {
    if (count <= most) return takeRows(clusters, stored, first, count, coarse);
    const labels = new Uint32Array(count);
    const distances = new Float64Array(count);
    for (let at = 0; at < count; at += most) {
      const taken = takeRows(clusters, stored, first + at, Math.min(most, count - at), coarse);
      labels.set(taken.labels, at);
      distances.set(taken.distances, at);
      await options.breathe();
    }
    return { labels, distances };
  };
  return {
    load(reader, coarseOfRows) {
      coarse = coarseOfRows;
      sent = Promise.all(members.map((member) => sendRows(member, batches, reader, options)));
      sent.catch(() => {}); // awaited when rows are taken
      for (const { start, rows: count } of pieces(own, batches, pieceRows(options)))
        stored.add(reader.view(start, count));
    },
    async take(from, to) {
      await sent;
      const centroids = clusters.centroids();
      const asked = members.map(({ share, thread, exchange }) => {
        exchange.centroids.set(centroids);
        const first = share.before(from);
        return thread.take(first, share.before(to) - first, coarse, exchange);
      });
      const answers = Promise.all(asked);
      answers.catch(() => {}); // awaited below
      clusters.clear();
      const first = own.before(from);
      const parts = [await takeOwn(first, own.before(to) - first)];
      for (const [at, { labels, distances, exchange }] of (await answers).entries()) {
        addTo(clusters.sums(), exchange.sums);
        addTo(clusters.counts(), exchange.counts);
        members[at]!.exchange = exchange;
        parts.push({ labels, distances });
      }
      const shares = [own, ...members.map(({ share }) => share)];
      return parts.length === 1 ? parts[0]! : inOrder(parts, shares, from, to);
    },
    close: async () => void (await Promise.all(members.map(({ thread }) => thread.stop()))),
  };
}

function newExchange(k: number, stride: number): Exchange {
  return {
    centroids: new Float32Array(k * stride),
    sums: new Float64Array(k * stride),
    counts: new Uint32Array(k),
  };
}

interface Piece {
  readonly start: number;
  readonly rows: number;
}

/** The share of all batches, in pieces of at most `most` rows. */
function* pieces(share: Share, batches: number, most: number): Generator<Piece> {
  for (let batch = 0; batch < batches; batch++) {
    const { start, rows } = share.of(batch);
    for (let at = 0; at < rows; at += most) yield { start: start + at, rows: Math.min(most, rows - at) };
  }
}

/** Rows that are copied at a time: the share of a batch, or a part of it. */
function pieceRows({ dim, batchRows, workers }: TeamOptions): number {
  return Math.max(1, Math.min(Math.ceil(batchRows / (workers + 1)), Math.floor(PIECE_BYTES / (4 * dim))));
}

/** Sends a thread its rows, its part of `SENT_BYTES` before they are held. */
async function sendRows(
  { thread, share }: Member,
  batches: number,
  reader: RowReader,
  options: TeamOptions,
): Promise<void> {
  const most = pieceRows(options);
  const bytes = 4 * options.dim * most;
  const ahead = Math.max(1, Math.floor(SENT_BYTES / options.workers / bytes));
  const sent: Promise<ArrayBuffer>[] = [];
  for (const { start, rows } of pieces(share, batches, most)) {
    const buffer = sent.length < ahead ? new ArrayBuffer(bytes) : await sent.shift()!;
    const holding = thread.hold(reader.copy(start, rows, buffer));
    holding.catch(() => {}); // awaited in its turn
    sent.push(holding);
  }
  await Promise.all(sent);
}

function addTo(total: Float64Array | Uint32Array, part: Float64Array | Uint32Array): void {
  for (let i = 0; i < total.length; i++) total[i]! += part[i]!;
}

/** What the members found, in the order of the sample's rows. */
function inOrder(parts: readonly Taken[], shares: readonly Share[], from: number, to: number): Taken {
  const count = parts.reduce((sum, { labels }) => sum + labels.length, 0);
  const labels = new Uint32Array(count);
  const distances = new Float64Array(count);
  const taken = parts.map(() => 0);
  let done = 0;
  for (let batch = from; batch < to; batch++) {
    for (const [at, part] of parts.entries()) {
      const { rows } = shares[at]!.of(batch);
      labels.set(part.labels.subarray(taken[at], taken[at]! + rows), done);
      distances.set(part.distances.subarray(taken[at], taken[at]! + rows), done);
      taken[at]! += rows;
      done += rows;
    }
  }
  return { labels, distances };
}
