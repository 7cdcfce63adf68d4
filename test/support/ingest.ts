import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { memoryOf } from "../doubles/memories.ts";
import type { EngramDouble } from "../doubles/engram.ts";

/** One line of JSON for each memory from `from` to `to`. */
export function memoryLines(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => JSON.stringify(memoryOf(from + i)));
}

export function writeLines(path: string, lines: readonly string[]): void {
  writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
}

/** The folder of the one ledger of an input. */
export function ledgerOf(input: string): string {
  const names = readdirSync(`${input}.ingest`);
  assert.equal(names.length, 1, names.join());
  return `${input}.ingest/${names[0]}`;
}

/** The lines of the file of failures, as objects. */
export function failuresOf(input: string): { row: number; line?: number; id?: string; reason: string }[] {
  const path = `${ledgerOf(input)}/failures.jsonl`;
  if (!existsSync(path)) return [];
  return linesOf(path).map((line) => JSON.parse(line) as { row: number; reason: string });
}

/** The rows that a ledger says are stored. */
export function storedIn(input: string): Set<number> {
  const stored = new Set<number>();
  const folders = existsSync(`${input}.ingest`) ? readdirSync(`${input}.ingest`) : []; // none while it is being made
  const path = `${input}.ingest/${folders[0]}/ledger.jsonl`;
  if (!existsSync(path)) return stored;
  for (const line of linesOf(path)) {
    const { stored: ranges = [] } = JSON.parse(line) as { stored?: [number, number][] };
    for (const [from, to] of ranges) for (let row = from; row < to; row++) stored.add(row);
  }
  return stored;
}

/** Asserts that a store holds these memories and no other, each as it was sent. */
export function assertHolds(double: EngramDouble, numbers: Iterable<number>): void {
  const expected = [...numbers];
  assert.equal(double.memories.size, expected.length);
  for (const number of expected) {
    const { id, content, embedding, confidence } = memoryOf(number);
    const memory = double.memories.get(id);
    assert.ok(memory, `${id} is not there`);
    assert.deepEqual([memory.content, memory.confidence], [content, confidence]);
    assert.deepEqual([...double.space().embeddingOf(memory)!], embedding);
  }
}

/** The whole lines of a file: a crash may have cut the last one. */
function linesOf(path: string): string[] {
  return readFileSync(path, "utf8").split("\n").slice(0, -1);
}
