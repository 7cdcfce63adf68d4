import { InputError } from "../data/errors.ts";
import type { ByteSource } from "../data/format.ts";
import type { RecordInput, RunningHash } from "../data/records.ts";
import type { EmbeddingRow } from "../data/embeddings.ts";
import { openShard, type EmbeddingShard } from "./embeddingshard.ts";
import { recordsOfBlocks } from "./recordblocks.ts";

/** Records of shards, and how many there are. */
export interface ShardRecords {
  readonly input: RecordInput;
  readonly rows: number;
}

/**
 * The rows of shards of embeddings, one shard after the other, with their ids; the text is the content, and the metadata are
 * fields. Throws `InputError` where one is damaged, or they differ in dimension.
 */
export async function openRecordShards(
  sources: readonly ByteSource[],
  createHash: () => RunningHash,
): Promise<ShardRecords> {
  const shards: EmbeddingShard[] = [];
  for (const source of sources) shards.push(await openShard(source));
  async function* blocks() {
    for (const shard of shards) yield* shard.blocks();
  }
  return {
    input: recordsOfBlocks(await commonDim(shards), blocks, partsOf, createHash),
    rows: shards.reduce((sum, { rows }) => sum + rows, 0),
  };
}

async function commonDim(shards: readonly EmbeddingShard[]): Promise<number> {
  const dims = new Set<number>();
  for (const shard of shards) dims.add(await shard.dim());
  const [dim, ...others] = [...dims].filter((each) => each > 0);
  if (dim === undefined) throw new InputError("It has no rows");
  if (others.length > 0) throw new InputError(`Its shards have vectors of ${[dim, ...others].join(" and ")} values`);
  return dim;
}

function partsOf({ id, text, metadata, ...others }: EmbeddingRow) {
  return { id, fields: { content: text, ...others, metadata: jsonOr(metadata) } };
}

/** Metadata of other programs may be no JSON. */
function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
