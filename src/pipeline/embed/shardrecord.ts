import type { EmbeddingRow, ShardRecord, SplitRecord } from "../../data/embeddings.ts";
import { PACKAGE_NAME, VERSION } from "../../data/version.ts";
import type { EmbeddingProvider } from "../../embed/provider.ts";
import { recordDate } from "../../runtime/environment.ts";
import { removeFile } from "../../runtime/files.ts";
import type { OpenShard } from "./openshards.ts";
import { writeShard } from "./shardfile.ts";
import { shardPath, type EmbeddingPlace } from "./splitfiles.ts";

/** What the shards of a run have in common. */
export interface ShardsOf {
  readonly place: EmbeddingPlace;
  readonly model: string;
  readonly dataset: string;
  readonly split: Pick<SplitRecord, "split" | "source">;
  readonly provider: Pick<EmbeddingProvider, "dim">;
  readonly gitSha: string | null;
  readonly signal: AbortSignal;
}

/** Writes a shard that is settled; what the manifest says of it. Undefined where none of its texts has a vector: then there is no file. */
export async function writeSettled(shard: OpenShard, of: ShardsOf): Promise<ShardRecord | undefined> {
  const { place, model, dataset, split, provider, gitSha, signal } = of;
  const path = shardPath(place, shard.shard);
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
    ...{ path, split: split.split, shard_index: shard.shard, rows: rows.length, bytes: file.bytes },
    ...{ sha256: file.sha256!, text_sha256: file.text_sha256, items_sha256: shard.itemsHash() },
    ...{ embedding_dim: provider.dim, min_norm: file.min_norm, max_norm: file.max_norm, created_at: created },
    tool: { package: PACKAGE_NAME, version: VERSION, git_sha: gitSha },
  };
}
