import { InputError } from "../data/errors.ts";
import type { ByteSource } from "../data/format.ts";
import { openVectorFile, type VectorBlock, type VectorFile } from "../formats/vectorfile.ts";

/**
 * The vectors of files, one file after the other, as one: of `sources` the one at a place has the path at that place. Throws
 * `InputError` that names the file where one cannot be read, or has vectors of another dimension than the first.
 */
export async function openShardVectors(paths: readonly string[], sources: readonly ByteSource[]): Promise<VectorFile> {
  const shards: VectorFile[] = [];
  for (const [at, path] of paths.entries()) {
    const shard = await openVectorFile(path, sources[at]!).catch((error: unknown) => {
      throw inFile(path, error);
    });
    const { dim } = shards[0] ?? shard;
    if (shard.dim !== dim)
      throw new InputError(`${path} has vectors of ${shard.dim} values, expected ${dim} as in ${paths[0]}`);
    shards.push(shard);
  }
  const { kind, dim } = shards[0]!;
  return {
    kind,
    dim,
    rows: sumOf(shards.map(({ rows }) => rows)),
    async *blocks() {
      let first = 0;
      for (const [at, shard] of shards.entries()) {
        let rows = 0;
        for await (const block of namedBlocks(paths[at]!, shard)) {
          yield { ...block, start: first + block.start };
          rows += block.rows;
        }
        first += rows;
      }
    },
  };
}

function sumOf(counts: readonly (number | undefined)[]): number | undefined {
  return counts.reduce((sum, count) => (sum === undefined || count === undefined ? undefined : sum + count), 0);
}

async function* namedBlocks(path: string, file: VectorFile): AsyncGenerator<VectorBlock> {
  try {
    yield* file.blocks();
  } catch (error) {
    throw inFile(path, error);
  }
}

/** An `InputError` with the path of its file in front, where that is not in it. */
export function inFile(path: string, error: unknown): unknown {
  if (!(error instanceof InputError) || error.message.includes(path)) return error;
  return new InputError(`${path}: ${error.message}`, { cause: error });
}
