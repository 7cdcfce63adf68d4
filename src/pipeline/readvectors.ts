import { createCore } from "../core/instance.ts";
import type { Key } from "../core/key.ts";
import { InputError } from "../data/errors.ts";
import type { ByteSource } from "../data/format.ts";
import type { VectorBlock, VectorFile } from "../formats/vectorfile.ts";
import { isFolder } from "../runtime/files.ts";
import { openInTurn } from "../runtime/inturn.ts";
import { createRowPriorities, createRowSample, type SampledRows } from "./rowsample.ts";
import { shardsIn } from "./shardfolder.ts";
import { inFile, openShardVectors } from "./shardvectors.ts";

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told after each block how many bytes of how many were read, and how many rows; the last bytes may not be needed. */
  readonly onProgress?: ((bytes: number, totalBytes: number, rows: number) => void) | undefined;
}

export interface SampleOptions extends ReadOptions {
  /** The most rows to keep. */
  readonly size: number;
  readonly key: Key;
}

export interface VectorSample extends SampledRows {
  readonly dim: number;
}

const PRIORITY_ROWS = 4096;

/**
 * A uniform sample of the rows of a file of vectors, or of a folder of shards: the same for one key, whatever the kind. Throws
 * `InputError` when they cannot be read, or a row has a NaN or an infinity.
 */
export async function readVectorSample(path: string, { size, key, ...options }: SampleOptions): Promise<VectorSample> {
  return withVectors(path, options, async (vectors, blocks, byteLength) => {
    const { dim } = vectors;
    const most = Math.min(size, vectors.rows ?? Math.ceil(byteLength / (2 * dim))); // text: a digit and a comma a value
    const sample = reserving(most, dim, () => createRowSample(most, dim));
    const prioritiesOf = createRowPriorities(createCore(), key, PRIORITY_ROWS);
    for await (const { start, rows, data } of blocks) {
      for (let first = 0; first < rows; first += PRIORITY_ROWS) {
        const count = Math.min(PRIORITY_ROWS, rows - first);
        const words = prioritiesOf(start + first, count);
        for (let row = 0; row < count; row++)
          sample.add(words[2 * row]!, words[2 * row + 1]!, data, (first + row) * dim);
      }
    }
    return { ...sample.finish(), dim };
  });
}

/** All rows of what was read, in order. */
export interface WholeVectors {
  /** Shape (rows, dim). */
  readonly data: Float32Array;
  readonly rows: number;
  readonly dim: number;
}

/**
 * All rows of a file of vectors, or of a folder of shards. Throws `InputError` when it cannot be read, its rows take more than `maxBytes` as
 * float32, or one has a NaN or an infinity.
 */
export async function readWholeVectors(
  path: string,
  maxBytes: number,
  options: ReadOptions = {},
): Promise<WholeVectors> {
  return withVectors(path, options, async ({ dim, rows: announced }, blocks) => {
    const maxRows = Math.floor(maxBytes / (4 * dim));
    const check = (rows: number) => {
      if (rows <= maxRows) return;
      throw new InputError(`It has more than ${maxRows} vectors of ${dim} values: expected at most ${maxBytes} bytes`);
    };
    check(announced ?? 0);
    const parts: Float32Array[] = [];
    let rows = 0;
    for await (const block of blocks) {
      check((rows += block.rows));
      parts.push(block.data.slice());
    }
    const data = reserving(rows, dim, () => new Float32Array(rows * dim));
    let at = 0;
    for (const part of parts) {
      data.set(part, at);
      at += part.length;
    }
    return { data, rows, dim };
  });
}

type Use<T> = (vectors: VectorFile, blocks: AsyncGenerator<VectorBlock>, byteLength: number) => Promise<T>;

async function withVectors<T>(path: string, { signal, onProgress }: ReadOptions, use: Use<T>): Promise<T> {
  const paths = isFolder(path) ? shardsIn(path) : [path];
  if (paths.length === 0)
    throw new InputError(
      `Cannot read ${path}: it is a folder without shards of embeddings, shard-00000.parquet and so on`,
    );
  const { sources, byteLength, close } = await openInTurn(paths);
  try {
    let bytes = 0;
    const counted = sources.map((source): ByteSource => ({
      byteLength: source.byteLength,
      async read(offset, length) {
        signal?.throwIfAborted();
        bytes = Math.min(bytes + length, byteLength); // some bytes are read twice
        return source.read(offset, length);
      },
    }));
    const vectors = await openShardVectors(paths, counted);
    bytes = 0;
    async function* checked(): AsyncGenerator<VectorBlock> {
      for await (const block of vectors.blocks()) {
        signal?.throwIfAborted();
        checkFinite(block, vectors.dim);
        yield block;
        onProgress?.(bytes, byteLength, block.start + block.rows);
      }
    }
    return await use(vectors, checked(), byteLength);
  } catch (error) {
    throw inFile(path, error);
  } finally {
    await close();
  }
}

function checkFinite({ start, data }: VectorBlock, dim: number): void {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]! * 0; // stays 0 where all are finite
  if (sum === 0) return;
  const at = data.findIndex((value) => !Number.isFinite(value));
  throw new InputError(`Row ${start + Math.floor(at / dim)} has a value that is not finite as float32: ${data[at]}`);
}

function reserving<T>(rows: number, dim: number, reserve: () => T): T {
  try {
    return reserve();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new InputError(`${rows} vectors of ${dim} values do not fit in memory`, { cause });
  }
}
