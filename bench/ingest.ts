import { measureEngramLoads, printEngramLoads, type EngramLoad } from "./ingestengram.ts";
import { measureStoreLoads, type StoreLoads } from "./ingeststores.ts";
import type { Options, Scope } from "./options.ts";
import type { Tools } from "./tools.ts";

/** What was found of loads into servers. */
export interface IngestResults extends StoreLoads {
  readonly engram: readonly EngramLoad[];
}

const MEMORIES: Readonly<Record<Scope, readonly number[]>> = {
  quick: [2000],
  full: [20_000],
  memory: [20_000, 100_000],
};
const VECTORS: Readonly<Record<Scope, readonly number[]>> = {
  quick: [10_000],
  full: [10_000, 100_000],
  memory: [10_000, 100_000],
};
const DELAYED = { rows: 5000, delayMs: 10 };

/** Loads memories into the stand-in for Engram, which is the limit there or is slowed down to be it, and rows into real stores. */
export async function measureIngest({ sizes, scope, rounds }: Options, tools: Tools): Promise<IngestResults> {
  const isAlone = scope === "memory";
  const cases = MEMORIES[scope].map((rows) => ({ rows, delayMs: 0 }));
  if (scope === "full") cases.push(DELAYED);
  const engram: EngramLoad[] = [];
  for (const each of cases) {
    const loads = await measureEngramLoads({ ...each, rounds, isAlone }, tools);
    printEngramLoads(loads);
    engram.push(...loads);
  }
  return { engram, ...(await measureStoreLoads({ sizes: sizes ?? VECTORS[scope], rounds, isAlone }, tools)) };
}
