import { codeStream, normalStream, uniformStream, wordStream, type StreamAddress } from "../../src/core/flat.ts";
import { createCore } from "../../src/core/instance.ts";

/** The seed is fixed, so every p-value in these tests is a constant: a test that passes once passes for ever. */
export function addressOf(stream: number, seed = 20_261_120): StreamAddress {
  return { key: [seed, 0], stream };
}

export function drawWords(count: number, address = addressOf(1)): Uint32Array {
  return wordStream(createCore(), address, count).read(0n, count);
}

export function drawUniforms(count: number, address = addressOf(1)): Float32Array {
  return uniformStream(createCore(), address, count).read(0n, count);
}

export function drawNormals(count: number, address = addressOf(1)): Float32Array {
  return normalStream(createCore(), address, count).read(0n, count);
}

export function drawCodes(count: number, thresholds: readonly number[], address = addressOf(1)): Uint8Array {
  return codeStream(createCore(), address, thresholds, count).read(0n, count);
}
