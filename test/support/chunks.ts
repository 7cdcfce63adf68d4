/** The bytes in pieces of one length. */
export async function* chunksOf(bytes: Uint8Array, length = 65_536): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

/** What an iterable gave, and what it threw at the end, if it did. */
export async function drain<T>(items: AsyncIterable<T>): Promise<{ items: T[]; error: unknown }> {
  const taken: T[] = [];
  try {
    for await (const item of items) taken.push(item);
    return { items: taken, error: undefined };
  } catch (error) {
    return { items: taken, error };
  }
}
