import { fillNormals, fillUniforms, generateImages, generateVectors, renderImage } from "../../src/index.ts";

/** One number for much of what the library makes, without files: the same in every engine. */
export async function fingerprint(): Promise<string> {
  let hash = 0x811c9dc5; // FNV-1a
  const add = (array: Float32Array | Uint8Array) => {
    for (const byte of new Uint8Array(array.buffer, array.byteOffset, array.byteLength)) {
      hash = Math.imul(hash ^ byte, 0x01000193);
    }
  };
  add(fillNormals(new Float32Array(100_003), { seed: 42 }));
  add(fillNormals(new Float32Array(1000), { seed: "a word", stream: 7, start: 2n ** 60n + 5n }));
  add(fillUniforms(new Float32Array(5000), { seed: 2n ** 64n - 1n }));
  for await (const block of generateVectors({ rows: 1000, dim: 33, range: [17, 900] })) {
    add(block.vectors);
    add(block.classes);
  }
  for await (const block of generateImages({ numImages: 3000, gridSize: 19, palette: "arc", unique: true })) {
    add(block.images);
    add(block.labels);
    add(block.factors);
  }
  add(renderImage({ numImages: 1e12, seed: "a word" }, "train", 2 ** 38 + 5).image);
  return `fingerprint ${(hash >>> 0).toString(16)}`;
}
