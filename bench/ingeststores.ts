import { performance } from "node:perf_hooks";
import { showCount, showSize } from "../src/commands/show.ts";
import { alternate, type Contender } from "./contest.ts";
import { withFolder } from "./folder.ts";
import { builtBin, datasetFolder, LARGE } from "./job.ts";
import { askRows, NEAREST, QUERIES, readRows, type Questions } from "./nearest.ts";
import { runMeasured, type Usage } from "./process.ts";
import { ratioOf, spreadOf, spreadOfKnown, type Spread } from "./statistics.ts";
import { openStores, type BenchStore, type StorePart } from "./stores.ts";
import { printTable } from "./table.ts";
import { ask, type Tools } from "./tools.ts";

const DIM = 100;
const FEW = 20_000; // rows up to which a load takes seconds
const ROUNDS_OF_MANY = 3;

/** How one program loaded rows into one store. */
interface StoreLoad {
  readonly store: string;
  readonly name: string;
  readonly rows: number;
  readonly wallSeconds: Spread;
  /** From start to end. */
  readonly perSecond: number;
  /** By the program's own clock, where it has one. */
  readonly ownPerSecond: Spread | null;
  readonly cpuSeconds: Spread | null;
  readonly peakBytes: Spread | null;
  /** As the store says. */
  readonly count: number;
  /** Of how many queries its nearest rows are exactly those that there are, and what all took; null where nobody asked. */
  readonly exactLists: number | null;
  readonly querySeconds: number | null;
  /** How many times as long as ours it took; 1 for ours. */
  readonly slower: number;
}

/** What a peer needed beforehand. */
interface Preparation {
  readonly what: string;
  readonly rows: number;
  readonly seconds: number;
}

export interface StoreLoads {
  readonly loads: readonly StoreLoad[];
  readonly preparations: readonly Preparation[];
}

interface Loader {
  readonly store: BenchStore;
  readonly name: string;
  readonly isOurs: boolean;
  command(part: StorePart, table: string): readonly string[];
}

interface Sample extends Usage {
  readonly ownPerSecond: number | null;
  readonly count: number;
  readonly found: Found | null;
}

interface Found {
  readonly exactLists: number;
  readonly seconds: number;
}

export interface StoreLoadOptions {
  readonly sizes: readonly number[];
  readonly rounds: number;
  /** Whether only ours is measured, and nothing is asked of the rows. */
  readonly isAlone: boolean;
}

/** Loads rows into every store that is there, in turns, and prints what was found. Throws where a store tells of others. */
export function measureStoreLoads(options: StoreLoadOptions, tools: Tools): Promise<StoreLoads> {
  return withFolder(async (folder) => {
    const stores = await openStores(folder);
    try {
      const found: StoreLoads[] = [];
      for (const rows of options.sizes) {
        const ofSize = await measureSize(stores, rows, folder, options, tools);
        printStoreLoads(ofSize);
        found.push(ofSize);
      }
      return {
        loads: found.flatMap(({ loads }) => loads),
        preparations: found.flatMap(({ preparations }) => preparations),
      };
    } finally {
      for (const store of stores) await store.close();
    }
  });
}

async function measureSize(
  stores: readonly BenchStore[],
  rows: number,
  folder: string,
  { rounds, isAlone }: StoreLoadOptions,
  tools: Tools,
): Promise<StoreLoads> {
  const make = ["vectors", "--size", `${rows}`, "--dim", `${DIM}`, "--out", folder, "--quiet"];
  runMeasured([...builtBin(), ...make], folder, null);
  const input = datasetFolder(folder, rows);
  const questions = isAlone ? undefined : askRows(await readRows(`${input}/vectors.npy`));
  const preparations: Preparation[] = [];
  const loaders = stores.flatMap((store) => {
    const own = ours(store, input, folder);
    return isAlone ? [own] : [own, ...peers(store, input, rows, folder, tools, preparations)];
  });
  const contenders = loaders.map((loader): Contender<Sample> => {
    let isAsked = !loader.isOurs;
    const measure = async () => {
      const sample = await load(loader, rows, folder, tools.time, isAsked ? undefined : questions);
      isAsked = true;
      return sample;
    };
    return { name: loader.name, measure };
  });
  const samples = await alternate(contenders, rows > FEW ? Math.min(rounds, ROUNDS_OF_MANY) : rounds);
  const walls = samples.map((ofOne) => ofOne.map(({ wallSeconds }) => wallSeconds));
  const loads = loaders.map(({ store, name }, at): StoreLoad => {
    const ofOne = samples[at]!;
    const wallSeconds = spreadOf(walls[at]!);
    const own = loaders.findIndex((other) => other.store === store && other.isOurs);
    return {
      ...{ store: store.name, name, rows, wallSeconds, count: ofOne[0]!.count },
      perSecond: rows / wallSeconds.median,
      ownPerSecond: spreadOfKnown(ofOne.map(({ ownPerSecond }) => ownPerSecond)),
      cpuSeconds: spreadOfKnown(ofOne.map(({ cpuSeconds }) => cpuSeconds)),
      peakBytes: spreadOfKnown(ofOne.map(({ peakBytes }) => peakBytes)),
      exactLists: ofOne[0]!.found?.exactLists ?? null,
      querySeconds: ofOne[0]!.found?.seconds ?? null,
      slower: ratioOf(walls[at]!, walls[own]!),
    };
  });
  return { loads, preparations };
}

let parts = 0;

/** One load into a new part, which is looked at, with questions where there are any, and removed. */
async function load(
  { store, name, isOurs, command }: Loader,
  rows: number,
  folder: string,
  time: string | null,
  questions: Questions | undefined,
): Promise<Sample> {
  const table = `part_${++parts}`;
  const part = await store.part(table, rows);
  try {
    const run = runMeasured(command(part, table), folder, time);
    await part.open();
    const count = await part.count();
    if (count !== rows)
      throw new Error(`Cannot compare: ${store.name} holds ${count} rows of ${rows} that ${name} loaded`);
    const found = questions ? await askPart(store, part, questions) : null;
    const ownPerSecond = isOurs ? (JSON.parse(run.stdout) as { per_second: number }).per_second : null;
    return { ...run, ownPerSecond, count, found };
  } finally {
    await part.remove();
  }
}

async function askPart(
  { name, isExact }: BenchStore,
  part: StorePart,
  { queries, nearest }: Questions,
): Promise<Found> {
  const began = performance.now();
  const lists = await part.nearest(queries);
  const seconds = (performance.now() - began) / 1000;
  const isSame = lists.map((list, query) => list.join() === nearest[query]!.join());
  const wrong = isSame.indexOf(false);
  if (isExact && wrong >= 0) {
    const [found, expected] = [lists[wrong]!.join(), nearest[wrong]!.join()];
    throw new Error(`Cannot trust ${name}: the rows nearest to query ${wrong} are ${expected}, it says ${found}`);
  }
  return { exactLists: isSame.filter(Boolean).length, seconds };
}

function printStoreLoads({ loads, preparations }: StoreLoads): void {
  const table = loads.map((found) => [
    found.ownPerSecond ? found.store : "",
    found.name,
    `${found.wallSeconds.median.toFixed(2)} s`,
    `${found.wallSeconds.low.toFixed(2)} - ${found.wallSeconds.high.toFixed(2)}`,
    `${found.perSecond.toFixed(0)} rows/s`,
    found.ownPerSecond ? `${found.ownPerSecond.median.toFixed(0)} rows/s` : "",
    found.ownPerSecond ? "" : `${found.slower.toFixed(2)} x`,
    found.cpuSeconds ? `${found.cpuSeconds.median.toFixed(2)} s` : "n/a",
    found.peakBytes ? `${(found.peakBytes.median / 1e6).toFixed(0)} MB` : "n/a",
    showCount(found.count),
    found.exactLists === null ? "" : `${found.exactLists} of ${QUERIES}`,
    found.querySeconds === null ? "" : `${found.querySeconds.toFixed(2)} s`,
  ]);
  const what = `${showSize(loads[0]!.rows)} x ${DIM} into`;
  const loading = ["start to exit", "quartiles", "", "own clock", "seedbed vs it", "CPU", "peak", "count"];
  printTable([what, "", ...loading, `nearest ${NEAREST} exact`, "in"], table);
  for (const { what: made, seconds } of preparations)
    console.log(`${made}: ${seconds.toFixed(2)} s, not counted above`);
  if (preparations.length > 0) console.log();
}

function ours(store: BenchStore, input: string, folder: string): Loader {
  return {
    store,
    name: "seedbed ingest",
    isOurs: true,
    command: ({ flags }, table) => [
      ...[...builtBin(), "ingest", "--input", input, "--json", "--ledger", `${folder}/${table}.ledger`],
      ...flags,
    ],
  };
}

/** What PostgreSQL's users have: its own client, which wants a text, and psycopg. */
function peers(
  store: BenchStore,
  input: string,
  rows: number,
  folder: string,
  { python, psql }: Tools,
  preparations: Preparation[],
): Loader[] {
  if (!store.postgres || !python) return [];
  const { url, column } = store.postgres;
  if (column === "array" && rows < LARGE) return []; // what starting takes can be seen beside the other one
  const found: Loader[] = [];
  const add = (name: string, command: Loader["command"]) => found.push({ store, name, isOurs: false, command });
  if (psql) {
    const text = `${folder}/${rows}-${column}.tsv`;
    const { wallSeconds } = runMeasured([python, "-B", "bench/peers/rowstext.py", input, column, text], folder, null);
    preparations.push({ what: `Python, the ${column} text for \\copy`, rows, seconds: wallSeconds });
    const extension = column === "vector" ? ["-c", "CREATE EXTENSION IF NOT EXISTS vector"] : [];
    const type = column === "vector" ? `vector(${DIM})` : "real[]";
    add("psql, \\copy of a text", (_part, table) => [
      ...[psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", url, ...extension],
      ...["-c", `CREATE TABLE ${table} (id bigint PRIMARY KEY, embedding ${type} NOT NULL, cls text)`],
      ...["-c", `\\copy ${table} FROM '${text}'`],
    ]);
  }
  if (ask(python, ["-c", "import psycopg"]) !== null) {
    add("Python, psycopg executemany", (_part, table) => [
      ...[python, "-B", "bench/peers/rows_psycopg.py", input, column, url, table],
    ]);
  }
  return found;
}
