import { Buffer } from "node:buffer";
import { hash32, seededUniform } from "./seeded.ts";

/** Numbers of a vector of each model. */
export const modelDimensions: Readonly<Record<string, number>> = {
  "text-embedding-3-small": 1536,
  "text-embedding-3-large": 3072,
  "text-embedding-ada-002": 1536,
};

const OFFSETS = 1 << 16;
const uniform = seededUniform(1);
const noise = Float32Array.from({ length: OFFSETS + 3072 }, () => uniform() - 0.5);

/** A vector of unit length that depends on text and model alone; the first numbers of the model's own, scaled, where fewer are asked for. */
export function vectorOf(text: string, model: string, dimensions: number): Float32Array {
  const seed = hash32(model, 0);
  // The sum of two places in the noise: as good as any here, and several times as quick as noise of its own.
  const a = hash32(text, seed) % OFFSETS;
  const b = hash32(text, ~seed) % OFFSETS;
  const vector = new Float32Array(dimensions);
  let sum = 0;
  for (let i = 0; i < dimensions; i++) {
    const value = noise[a + i]! + 2 * noise[b + i]!;
    vector[i] = value;
    sum += value * value;
  }
  const scale = 1 / Math.sqrt(sum);
  for (let i = 0; i < dimensions; i++) vector[i]! *= scale;
  return vector;
}

/** Its bytes as base64, little-endian. */
export function base64Of(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("base64");
}
