import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import type { kmeans as KMeans } from "../src/pipeline/kmeans/kmeans.ts";
import { purityOf } from "../test/support/clusters.ts";
import { alternate, type Contender } from "./contest.ts";
import { ratioOf, spreadOf, type Spread } from "./statistics.ts";
import { printTable } from "./table.ts";
import { ask } from "./tools.ts";

const [ROWS, DIM, K] = [50_000, 768, 100];
const CASES = ["deviation 0.1", "deviation 0.02", "normals", "unequal sizes"]; // as in peers/kmeans.py

/** How one contender clustered the rows of a case. */
export interface Clustering {
  readonly case: string;
  readonly name: string;
  readonly seconds: Spread;
  readonly inertia: number;
  /** The share of rows that belong to the commonest class of their cluster. */
  readonly purity: number;
  /** How many times as long it took, and how many times its inertia is, as ours; 1 for ours. */
  readonly slower: number;
  readonly worse: number;
}

interface Fit {
  readonly seconds: number;
  readonly inertia: number;
  readonly purity: number;
}

/** Our k-means against scikit-learn's, on all processors, in turns; nothing without scikit-learn, which draws the rows. */
export async function measureCentroids(python: string | null, scratch: string, rounds: number): Promise<Clustering[]> {
  if (!python || ask(python, ["-c", "import sklearn"]) === null) {
    console.log("No scikit-learn: centroids are not measured\n");
    return [];
  }
  const peer = await openPeer(python, scratch);
  const ours = await openOurs(scratch);
  const found: Clustering[] = [];
  try {
    for (const name of CASES) {
      await peer.ask(`make ${name}`);
      const sample = new Float32Array(bufferOf(`${scratch}/rows.f32`));
      const labels = new Uint32Array(bufferOf(`${scratch}/labels.u32`));
      const contenders: Contender<Fit>[] = [
        { name: "seedbed", measure: () => ours(sample, labels) },
        { name: "scikit-learn, MiniBatchKMeans", measure: () => peer.ask("fit") as Promise<Fit> },
      ];
      await alternate(contenders, 1); // until the engine has optimised the kernels
      found.push(...compare(name, contenders, await alternate(contenders, rounds)));
    }
  } finally {
    peer.close();
  }
  return found;
}

export function printCentroids(found: readonly Clustering[]): void {
  if (found.length === 0) return;
  const rows = found.map(({ case: which, name, seconds, inertia, purity, slower, worse }, at) => [
    at % 2 === 0 ? which : "",
    name,
    `${seconds.median.toFixed(3)} s`,
    `${seconds.low.toFixed(3)} - ${seconds.high.toFixed(3)}`,
    inertia.toPrecision(6),
    purity.toFixed(4),
    at % 2 === 0 ? "" : `${slower.toFixed(2)} x`,
    at % 2 === 0 ? "" : `${worse.toFixed(4)} x`,
  ]);
  const what = `${ROWS / 1000}k x ${DIM}, ${K} clusters`;
  printTable([what, "", "median", "quartiles", "inertia", "purity", "time vs ours", "inertia vs ours"], rows);
}

function compare(which: string, contenders: readonly Contender<Fit>[], fits: readonly Fit[][]): Clustering[] {
  const seconds = fits.map((ofOne) => ofOne.map((fit) => fit.seconds));
  return contenders.map(({ name }, at) => {
    const { inertia, purity } = fits[at]![0]!;
    return {
      case: which,
      name,
      seconds: spreadOf(seconds[at]!),
      inertia,
      purity,
      slower: ratioOf(seconds[at]!, seconds[0]!),
      worse: inertia / fits[0]![0]!.inertia,
    };
  });
}

/** As users have it, bundled with its worker beside it: from the sources a thread would be bundled whenever one starts. */
async function openOurs(scratch: string): Promise<(sample: Float32Array, labels: Uint32Array) => Promise<Fit>> {
  const common = { bundle: true, platform: "node", target: "node20", logLevel: "warning" } as const;
  const banner = { js: "import{createRequire as r}from'node:module';const require=r(import.meta.url);" };
  const outfile = `${scratch}/kmeans.mjs`;
  const external = ["esbuild"];
  await build({ ...common, entryPoints: ["src/pipeline/kmeans/kmeans.ts"], format: "esm", outfile, external, banner });
  const worker = { entryPoints: ["src/pipeline/kmeans/kmeansworker.ts"], outfile: `${scratch}/kmeansworker.cjs` };
  await build({ ...common, ...worker, format: "cjs" });
  const { kmeans } = (await import(pathToFileURL(outfile).href)) as { kmeans: typeof KMeans };
  const workers = availableParallelism() - 1;
  return async (sample, labels) => {
    const began = performance.now();
    const found = await kmeans(sample, DIM, { k: K, key: [42, 0], workers });
    const seconds = (performance.now() - began) / 1000;
    return { seconds, inertia: found.inertia, purity: purityOf(found.labels, labels, K) };
  };
}

async function openPeer(python: string, scratch: string) {
  const args = ["-B", "bench/peers/kmeans.py", scratch, `${ROWS}`, `${DIM}`, `${K}`];
  const child = spawn(python, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error("Cannot measure scikit-learn: its process ended early");
    return value as string;
  };
  await nextLine(); // it has imported what it needs
  return {
    async ask(line: string): Promise<unknown> {
      child.stdin.write(`${line}\n`);
      return JSON.parse(await nextLine());
    },
    close: () => child.stdin.end(),
  };
}

function bufferOf(path: string): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = readFileSync(path);
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}
