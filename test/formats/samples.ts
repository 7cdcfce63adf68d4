import type { ByteSource } from "../../src/data/format.ts";

/** A small generator for tests (Mulberry32): numbers from 0 to 1, exclusive, the same for the same seed. */
export function createRandom(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), seed | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Random = () => number;

/** Kinds of bytes that compress in different ways. */
export const samples: Readonly<Record<string, (length: number, random: Random) => Uint8Array>> = {
  zeros: (length) => new Uint8Array(length),
  constant: (length, random) => new Uint8Array(length).fill(1 + random() * 255),
  random: (length, random) => Uint8Array.from({ length }, () => random() * 256),
  sparse: (length, random) => Uint8Array.from({ length }, () => (random() < 0.1 ? random() * 256 : 0)),
  images(length, random) {
    const side = 28;
    const bytes = new Uint8Array(length);
    for (let image = 0; image < length; image += side * side) {
      const [left, top, size] = [random() * 16, random() * 16, 3 + random() * 9].map(Math.floor) as [
        number,
        number,
        number,
      ];
      for (let row = top; row < top + size; row++) {
        for (let column = left; column < left + size; column++) bytes[image + row * side + column] = random() * 256;
      }
    }
    return bytes;
  },
  normals(length, random) {
    const values = Float32Array.from({ length: Math.ceil(length / 4) }, () => {
      return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    });
    return new Uint8Array(values.buffer, 0, length);
  },
  text(length, random) {
    const words = ["seed ", "bed ", "row ", "of ", "the ", "values ", "and ", "again, ", "reproducible ", "\n"];
    let text = "";
    while (text.length < length) text += words[Math.floor(random() * words.length)];
    return new TextEncoder().encode(text.slice(0, length));
  },
};

export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    byteLength: bytes.length,
    async read(offset, length) {
      if (offset + length > bytes.length)
        throw new Error(`Cannot read bytes ${offset} to ${offset + length} of ${bytes.length}`);
      return bytes.slice(offset, offset + length);
    },
  };
}
