import { existsSync, readFileSync } from "node:fs";
import { ingest, type IngestOptions, type IngestSummary } from "../../../src/pipeline/ingest/ingest.ts";
import { openInput } from "../../../src/pipeline/ingest/input.ts";
import { FAILURES_NAME, LEDGER_NAME, openLedger } from "../../../src/pipeline/ingest/ledger.ts";
import type { MemoryStore } from "../../doubles/memorystore.ts";
import { soon } from "../../support/soon.ts";

const DIM = 3;
const identity = { target: "memory", place: "here", dim: DIM };

export const lineOf = (row: number, id = `m${row}`): string =>
  JSON.stringify({ id, content: `row ${row}`, embedding: [row, 0.5, -1] });

export const linesOf = (rows: number, idOf?: (row: number) => string): string =>
  Array.from({ length: rows }, (_, row) => `${lineOf(row, idOf?.(row))}\n`).join("");

export interface LoadOptions extends Partial<IngestOptions> {
  readonly resume?: boolean;
}

/** Loads a file into a store, with its ledger in `<path>.ledger`, as the command does. */
export async function load(path: string, store: MemoryStore, options: LoadOptions = {}): Promise<IngestSummary> {
  const { resume = false, ...others } = options;
  const input = await openInput(path);
  try {
    const ledger = await openLedger(`${path}.ledger`, { ...identity, dim: input.dim }, resume);
    try {
      if (ledger.heldBefore === undefined) ledger.noteHeldBefore(await store.count());
      const { signal } = new AbortController();
      return await soon(
        ingest(input, store, ledger, { batchSize: 10, limit: Infinity, signal, giveUp() {}, ...others }),
      );
    } finally {
      ledger.close();
    }
  } finally {
    await input.close();
  }
}

interface LedgerText {
  /** The lines of the ledger, as objects. */
  readonly lines: readonly Record<string, unknown>[];
  /** Rows that it says are stored, or are not, by the last word on each. */
  readonly stored: readonly number[];
  readonly failed: readonly number[];
  readonly isFinished: boolean;
  readonly failures: readonly Record<string, unknown>[];
}

/** What is in the files of a load's ledger. */
export function readLedger(path: string): LedgerText {
  const lines = readJsonLines(`${path}.ledger/${LEDGER_NAME}`);
  const states = new Map<number, string>();
  for (const line of lines) {
    for (const state of ["stored", "failed"]) {
      for (const [from, to] of (line[state] ?? []) as [number, number][])
        for (let row = from; row < to; row++) states.set(row, state);
    }
  }
  const rowsThat = (state: string) =>
    [...states].flatMap(([row, found]) => (found === state ? [row] : [])).sort((a, b) => a - b);
  return {
    lines,
    stored: rowsThat("stored"),
    failed: rowsThat("failed"),
    isFinished: "finished" in (lines.at(-1) ?? {}),
    failures: readJsonLines(`${path}.ledger/${FAILURES_NAME}`),
  };
}

function readJsonLines(path: string): Record<string, unknown>[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

export const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
