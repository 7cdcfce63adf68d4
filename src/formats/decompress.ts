/** What the first bytes of a file say that the rest is. */
export type Compression = "bzip2" | "gzip" | "none";

const MAGIC: readonly (readonly [Compression, readonly number[]])[] = [
  ["bzip2", [0x42, 0x5a, 0x68]],
  ["gzip", [0x1f, 0x8b]],
];

/** The compression that the first bytes name, whatever the file is called. */
export function compressionOf(head: Uint8Array): Compression {
  return MAGIC.find(([, magic]) => magic.every((byte, at) => head[at] === byte))?.[0] ?? "none";
}

/**
 * The bytes of a file that is compressed by bzip2 or gzip, or not at all. Throws `BrokenStream` after what could be read of
 * damaged data; what `chunks` throws comes after what they gave.
 */
export async function* decompress(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = chunks[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let failure: { error: unknown } | undefined;
  try {
    for (let bytes = 0; bytes < 3;) {
      const { done, value } = await source.next();
      if (done) break;
      first.push(value);
      bytes += value.length;
    }
  } catch (error) {
    failure = { error };
  }
  const all = resumed(first, source, failure);
  const head = Uint8Array.from(first.flatMap((chunk) => [...chunk.subarray(0, 3)]));
  const compression = compressionOf(head);
  if (compression === "none") return yield* all;
  // Loaded when they are needed.
  if (compression === "bzip2") yield* (await import("./unbzip2.ts")).unbzip2(all);
  else yield* (await import("./gunzip.ts")).gunzip(all);
}

async function* resumed(
  first: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
  failure: { error: unknown } | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    yield* first;
    if (failure) throw failure.error;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
