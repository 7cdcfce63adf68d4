import assert from "node:assert/strict";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { seededUniform } from "../doubles/seeded.ts";
import { buildCli } from "./built.ts";
import { runToEnd, spawnQuietly } from "./cli.ts";
import { storedIn } from "./ingest.ts";
import { nearestRows, readDataset, type Dataset } from "./neighbours.ts";
import { withTempFolder } from "./temp.ts";

const isDeno = "deno" in process.versions;
/** The built program. */
export const cli = buildCli();
process.on("exit", cli.remove);

export const ROWS = 10_000;
const DIM = 24;
export const QUERIES = [3, 5000, 9999];
export const K = 10;

const start = (...args: string[]) =>
  spawnQuietly(process.execPath, [...(isDeno ? ["run", "-A", "--no-prompt"] : []), cli.entry, ...args]);

/** Runs `use` with a folder of 10k vectors with classes. */
export async function withVectors(
  use: (input: string, folder: string, dataset: Dataset) => Promise<void>,
): Promise<void> {
  await withTempFolder(async (folder) => {
    const flags = ["--size", "10k", "--dim", String(DIM), "--out", folder, "--quiet"];
    assert.equal((await cli.run("vectors", ...flags)).code, 0);
    await use(`${folder}/10k`, folder, readDataset(`${folder}/10k`, DIM));
  });
}

/** Loads it all, and returns what was said for programs. */
export async function load(input: string, ...flags: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await cli.run("ingest", "--input", input, "--json", ...flags);
  assert.equal(code, 0, stderr);
  const said = JSON.parse(stdout) as Record<string, unknown>;
  assert.deepEqual([said["total"], said["ingested"], said["failed"], said["store_count"]], [ROWS, ROWS, 0, ROWS]);
  return said;
}

type Ask = (sql: string) => Promise<Record<string, unknown>[]>;

/** Asserts that a table has every row as it is, and that the nearest rows by SQL are those of an exact computation. */
export async function assertTable(ask: Ask, table: string, dataset: Dataset, isVector: boolean): Promise<void> {
  const [counted] = await ask(
    `SELECT count(*)::int AS count, min(id)::int AS first, max(id)::int AS last FROM ${table}`,
  );
  assert.deepEqual(counted, { count: ROWS, first: 0, last: ROWS - 1 });
  const some = await ask(`SELECT id::int, cls, embedding::real[]::text AS values FROM ${table} WHERE id % 777 = 5`);
  assert.equal(some.length, 13);
  for (const { id, cls, values } of some) {
    assert.equal(cls, dataset.classes[id as number]);
    const numbers = (values as string).slice(1, -1).split(",").map(Number).map(Math.fround);
    assert.deepEqual(numbers, [...dataset.vectorOf(id as number)]);
  }
  for (const row of QUERIES) {
    const query = [...dataset.vectorOf(row)].join();
    const distance = isVector
      ? `embedding <-> '[${query}]'`
      : `(SELECT sum((a - b) ^ 2) FROM unnest(embedding::float8[], '{${query}}'::float8[]) AS t(a, b))`;
    const found = await ask(`SELECT id::int FROM ${table} ORDER BY ${distance} LIMIT ${K}`);
    assert.deepEqual(
      found.map(({ id }) => id),
      nearestRows(dataset, row, K),
    );
  }
}

/** Loads by runs of which three are killed; after the first of these `meanwhile` is awaited. */
export async function killed(input: string, flags: readonly string[], meanwhile = async (): Promise<void> => {}) {
  const uniform = seededUniform(11);
  for (let kills = 0, runs = 0; kills < 3; runs++) {
    assert.ok(runs < 12, "runs end before they are killed");
    const known = storedIn(input).size;
    const target = known + 1 + Math.floor((uniform() * (ROWS - known)) / 8);
    const child = start("ingest", "--input", input, ...flags, ...(runs === 0 ? [] : ["--resume"]));
    const ended = runToEnd(child);
    while (storedIn(input).size < target && child.exitCode === null) await sleep(2);
    await sleep(Math.floor(30 * uniform()));
    child.kill("SIGKILL");
    const { code, stderr } = await ended;
    assert.equal(stderr, "");
    if (code === 0 && kills > 0) break; // it was faster
    assert.notEqual(code, 0, "a run came to its end");
    if (++kills === 1) await meanwhile();
  }
  await load(input, ...flags, "--resume");
}
