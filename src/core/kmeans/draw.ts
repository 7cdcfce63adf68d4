import { wordStream, type StreamAddress } from "../flat.ts";
import type { Core } from "../instance.ts";

const AT_ONCE = 256; // words

/** Numbers from 0 to 1 (exclusive) of 53 bits, one after the other, from two words of the stream each. */
export function drawsOf(core: Core, address: StreamAddress): () => number {
  const stream = wordStream(core, address, AT_ONCE);
  let words = new Uint32Array();
  let first = 0n;
  let next = 0;
  return () => {
    if (next === words.length) {
      words = stream.read(first, AT_ONCE).slice();
      first += BigInt(AT_ONCE);
      next = 0;
    }
    const [high, low] = [words[next]!, words[next + 1]!];
    next += 2;
    return ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53;
  };
}
