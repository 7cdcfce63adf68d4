import type { Core } from "../core/instance.ts";
import { createDecimalWriter } from "../core/decimals.ts";

/** A memory of text, as it goes to a file or to a store. */
export interface Memory {
  readonly id: string;
  readonly content: string;
  /** Absent for text alone. */
  readonly embedding?: Float32Array | undefined;
  /** 0 to 1. */
  readonly confidence: number;
}

/** The JSON of a memory in one line: `content`, `embedding`, `confidence`, `id`, its values as shortest float32. */
export function createMemoryWriter(core: Core, dim: number): (memory: Memory) => string {
  const write = createDecimalWriter(core, dim);
  const decoder = new TextDecoder();
  return ({ id, content, embedding, confidence }) => {
    const values = embedding ? `"embedding":[${decoder.decode(write(embedding))}],` : "";
    return `{"content":${JSON.stringify(content)},${values}"confidence":${confidence},"id":${JSON.stringify(id)}}`;
  };
}
