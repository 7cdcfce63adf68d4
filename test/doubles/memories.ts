import { seededUniform } from "./seeded.ts";

/** An embedding of 768 numbers about 0, another for each seed: two of them have a cosine below 0.2. */
export function embeddingOf(seed: number): number[] {
  const uniform = seededUniform(seed);
  return Array.from({ length: 768 }, () => Math.fround(uniform() - 0.5));
}

/** A memory as it is sent, another for each number. */
export function memoryOf(i: number): { id: string; content: string; embedding: number[]; confidence: number } {
  return { id: `memory-${i}`, content: `Memory number ${i}.`, embedding: embeddingOf(i), confidence: 0.7 };
}
