import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";

export type Sums = Readonly<Record<string, string>>;

/**
 * What `actual` says otherwise than `golden`, one line each. A sum never changes within a major version, so there is no
 * way to replace one.
 */
export function differences(golden: Sums, actual: Sums): string[] {
  const names = new Set([...Object.keys(golden), ...Object.keys(actual)]);
  return [...names].flatMap((name) => {
    if (!(name in actual)) return `${name}: no longer made`;
    if (!(name in golden))
      return `${name}: new; add it with UPDATE_GOLDEN=1 node --import tsx --test test/golden.test.ts`;
    return golden[name] === actual[name] ? [] : `${name}: ${actual[name]}, expected ${golden[name]}`;
  });
}

/** The golden sums and what `actual` has beyond them; what is there already stays as it is. */
export function withNewSums(golden: Sums, actual: Sums): Sums {
  return { ...golden, ...actual, ...golden };
}

/** Reads the golden sums; with UPDATE_GOLDEN=1 it first adds to them what is new. */
export function updatedSums(path: URL, actual: Sums): Sums {
  const golden = readSums(path);
  if (process.env["UPDATE_GOLDEN"] !== "1") return golden;
  const sums = withNewSums(golden, actual);
  writeFileSync(path, `${JSON.stringify(sums, null, 2)}\n`);
  return sums;
}

function readSums(path: URL): Sums {
  return JSON.parse(readFileSync(path, "utf8")) as Sums;
}
