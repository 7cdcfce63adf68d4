import type { ShardRecord } from "../data/embeddings.ts";
import { startAskedThread, threadScript } from "../runtime/threads.ts";
import { checkShard, type ShardReport, type ShardsOf } from "./shardcheck.ts";

/** Checks shards, on this thread or on others. */
export interface ShardCheckers {
  /** How many shards may usefully be asked for at a time. */
  readonly concurrency: number;
  check(record: ShardRecord): Promise<ShardReport>;
  /** Stops at once; what was asked for is never answered. */
  close(): Promise<void>;
}

const ASKED_PER_WORKER = 2; // one is checked, one waits

/** Starts so many threads, none where 0; `onBytes` is told how many more bytes were hashed, and may throw where 0. */
export async function openShardCheckers(
  of: ShardsOf,
  workers: number,
  onBytes: (count: number) => void,
): Promise<ShardCheckers> {
  if (workers === 0)
    return { concurrency: 1, check: (record) => checkShard(of, record, onBytes), close: async () => {} };
  const script = await threadScript(workerModule());
  const members = Array.from({ length: workers }, () => ({
    asked: 0,
    thread: startAskedThread<ShardsOf, ShardRecord, ShardReport, number>(script, of, onBytes),
  }));
  return {
    concurrency: workers * ASKED_PER_WORKER,
    async check(record) {
      const member = members.reduce((best, each) => (each.asked < best.asked ? each : best));
      member.asked++;
      const report = await member.thread.ask(record);
      member.asked--;
      return report;
    },
    close: async () => void (await Promise.all(members.map(({ thread }) => thread.stop()))),
  };
}

/** The worker beside this module: TypeScript in the sources; once built, CommonJS. */
function workerModule(): URL {
  return new URL(import.meta.url.endsWith(".ts") ? "./shardworker.ts" : "./shardworker.cjs", import.meta.url);
}
