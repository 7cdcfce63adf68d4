import type { ShardRecord } from "../data/embeddings.ts";
import { serveRequests } from "../runtime/serve.ts";
import { checkShard, type ShardReport, type ShardsOf } from "./shardcheck.ts";

serveRequests<ShardsOf, ShardRecord, ShardReport, number>((of, note) => async (record) => {
  const answer = await checkShard(of, record, note);
  return { answer, transfer: answer.ids.map(({ buffer }) => buffer) };
});
