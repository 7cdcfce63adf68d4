/** The bytes of a stream that are next, and the bit in them up to which they were read. */
export interface BitWindow {
  /** Fills the window with what comes next, as far as there is more; returns how many unread bytes it holds. */
  fill(): Promise<number>;
  /** The next bits, at most 48, most significant first; undefined where there are fewer. */
  take(bits: number): number | undefined;
  /** The bit of the window that is next. */
  bitAt(): number;
  /** Bytes of data in the window. */
  byteLength(): number;
  /** Goes on at that bit of the window. */
  move(bit: number): void;
  /** Goes on at the next whole byte. */
  align(): void;
  /** The byte of the stream that is next. */
  position(): number;
  /** What the stream threw at the end of what it gave, if it did. */
  failure(): unknown;
  close(): Promise<void>;
}

/** A window on the bytes of a stream; `memory` is where they are kept, asked for anew because it may move. */
export function bitWindow(chunks: AsyncIterable<Uint8Array>, memory: () => Uint8Array): BitWindow {
  const source = chunks[Symbol.asyncIterator]();
  let chunk: Uint8Array = new Uint8Array(0);
  let [length, bit, dropped] = [0, 0, 0];
  let hasEnded = false;
  let failure: unknown;
  const next = async (): Promise<void> => {
    try {
      const { done, value } = await source.next();
      hasEnded = done === true;
      chunk = done ? chunk : value;
    } catch (error) {
      hasEnded = true;
      failure = error;
    }
  };
  return {
    async fill() {
      const read = bit >>> 3;
      memory().copyWithin(0, read, length);
      dropped += read;
      length -= read;
      bit &= 7;
      const room = memory().length;
      while (length < room) {
        if (chunk.length === 0) {
          if (hasEnded) break;
          await next();
        }
        const part = chunk.subarray(0, room - length);
        memory().set(part, length);
        length += part.length;
        chunk = chunk.subarray(part.length);
      }
      return length;
    },
    take(bits) {
      if (bit + bits > 8 * length) return undefined;
      const bytes = memory();
      let value = 0;
      // Sums, because shifts have 32 bits only.
      for (const end = bit + bits; bit < end;) {
        const count = Math.min(8 - (bit & 7), end - bit);
        value = value * (1 << count) + ((bytes[bit >>> 3]! >>> (8 - (bit & 7) - count)) & ((1 << count) - 1));
        bit += count;
      }
      return value;
    },
    bitAt: () => bit,
    byteLength: () => length,
    move: (to) => void (bit = to),
    align: () => void (bit = (bit + 7) & ~7),
    position: () => dropped + (bit >>> 3),
    failure: () => failure,
    async close() {
      await source.return?.();
    },
  };
}
