import { Command, Option } from "commander";
import { canonicalSeed, keyOf, type Key } from "../core/key.ts";
import { InputError } from "../data/errors.ts";
import { describeCentroids, writeCentroids, type CentroidOrigin } from "../pipeline/centroidfiles.ts";
import { kmeans } from "../pipeline/kmeans/kmeans.ts";
import { readVectorSample } from "../pipeline/readvectors.ts";
import { readStoreSample } from "../pipeline/storesample.ts";
import { checkWritable, isThere, splitPath } from "../runtime/files.ts";
import { elapsedMs, interruption } from "../runtime/system.ts";
import { openEngram, tiers, type Tier } from "../targets/engram/client.ts";
import {
  addOutputOptions,
  createOutput,
  retryTeller,
  withProgress,
  type Output,
  type OutputOptions,
} from "./output.ts";
import { parseCount, parseWorkers, refuseTogether, type Workers } from "./parse.ts";
import { showCount, showDuration } from "./show.ts";

interface Flags extends OutputOptions {
  readonly endpoint?: string;
  readonly space?: string;
  readonly token?: string;
  readonly tier: Tier;
  readonly input?: string;
  readonly numCentroids: number;
  readonly sample: number;
  readonly algorithm: "minibatch" | "lloyd";
  readonly seed: string;
  readonly output: string;
  readonly workers: Workers;
  readonly force?: boolean;
}

const MAX_CENTROIDS = 65_536;
const MAX_SAMPLE = 10_000_000;
const DEFAULT_SAMPLE = 50_000;

/** `centroids`: the centres of clusters of embeddings, from a store or a file. */
export function createCommand(): Command {
  const command = new Command("centroids")
    .description(
      "Cluster embeddings by k-means and write the centres: centroids.npy (K, dim) and centroids.json.\n" +
        "The embeddings come from a running Engram or from a file; of many, a random sample is clustered.",
    )
    .option("--endpoint <url>", "an Engram, such as http://localhost:7432")
    .option("--space <name>", "the memory space there")
    .option("--token <text>", "what it asks for, where it does")
    .addOption(new Option("--tier <name>", "which of its memories").choices(tiers).default("all"))
    .option("--input <path>", "or vectors: .npy, .npz, .parquet, .fvecs, .bvecs, .fbin, .jsonl, or a folder of shards")
    .option(
      "--num-centroids <k>",
      "clusters",
      (text) => parseCount(text, { what: "Number of centroids", min: 1, max: MAX_CENTROIDS }),
      100,
    )
    .addOption(
      new Option("--sample <n>", "embeddings that are clustered at most; memory grows with it, 8 bytes a value")
        .argParser((text) => parseCount(text, { what: "Sample", min: 1, max: MAX_SAMPLE }))
        .default(DEFAULT_SAMPLE, "50k"),
    )
    .addOption(
      new Option("--algorithm <name>", "minibatch, or lloyd: all of the sample in each step")
        .choices(["minibatch", "lloyd"])
        .default("minibatch"),
    )
    .addOption(new Option("--seed <seed>", "an integer from 0 to 2^64 - 1, or a word").default("42", "42"))
    .option("--output <file>", "the .npy to write; the .json goes beside it", "centroids.npy")
    .addOption(
      new Option("--workers <n>", "threads beside the main one, or auto")
        .argParser(parseWorkers)
        .default("auto", "auto"),
    )
    .option("--force", "replace what has the name")
    .addHelpText(
      "after",
      `
Examples:
  $ seedbed centroids --endpoint http://localhost:7432                   100 centroids of what Engram holds
  $ seedbed centroids --input embeddings.npy --num-centroids 256 --output c256.npy
  $ seedbed centroids --input wikipedia.jsonl --sample 10k --algorithm lloyd --seed 7`,
    )
    .action(() => run(command));
  return addOutputOptions(command);
}

/** Flags that say nothing of a file. */
const OF_STORES = ["endpoint", "space", "token", "tier"];

async function run(command: Command): Promise<void> {
  const flags = command.opts<Flags>();
  if (flags.input !== undefined) refuseTogether(command, "--input", OF_STORES);
  if (flags.input === undefined && flags.endpoint === undefined)
    throw new InputError("Give either --endpoint, such as http://localhost:7432, or --input with a file of vectors");
  if (flags.numCentroids > flags.sample) {
    throw new InputError(
      `${flags.numCentroids} centroids of a sample of ${flags.sample} are not allowed: give a larger --sample, or a smaller --num-centroids`,
    );
  }
  const output = createOutput(flags);
  const seed = canonicalSeed(flags.seed);
  if (!/[^/\\]\.npy$/.test(flags.output))
    throw new InputError(`Output "${flags.output}" is not allowed: give a name that ends with .npy`);
  const stem = flags.output.slice(0, -".npy".length);
  const taken = [`${stem}.npy`, `${stem}.json`].find(isThere);
  if (taken && !flags.force) throw new InputError(`${taken} exists: give another --output, or --force to replace it`);
  checkWritable(splitPath(flags.output).folder);
  const interrupted = interruption();
  try {
    await extract(flags, stem, seed, output, interrupted.signal);
  } finally {
    interrupted.release();
  }
}

async function extract(flags: Flags, stem: string, seed: string, output: Output, signal: AbortSignal): Promise<void> {
  const began = elapsedMs();
  const key = keyOf(seed);
  const { data, rows, dim, seen, endpoint, details } = await readSample(flags, key, output, signal);
  const kept = rows < seen ? `, of which ${showCount(rows)} are clustered (--sample)` : "";
  output.say(`${showCount(seen)} embeddings of ${dim} dimensions${kept}`);
  const clusteringBegan = elapsedMs();
  const { numCentroids: k, algorithm, workers } = flags;
  const result = await withProgress(output, "Clustering", 100, "%", ({ update }) =>
    kmeans(data, dim, {
      ...{ k, key, algorithm, signal },
      ...(workers === "auto" ? {} : { workers }),
      onProgress: (share) => update(Math.floor(100 * share)),
    }),
  );
  const origin: CentroidOrigin = {
    ...{ seed, endpoint, rows, seen, dim, data, details },
  };
  const description = describeCentroids(result, origin);
  signal.throwIfAborted();
  writeCentroids(stem, result.centroids, dim, description);
  const { min, mean, max } = description.extras.sizes;
  output.say(
    `${stem}.npy: ${k} centroids in ${showDuration(elapsedMs() - clusteringBegan)}, ${result.iterations} iterations, ` +
      `inertia ${result.inertia.toPrecision(6)}; cluster sizes ${min} to ${max}, mean ${mean.toFixed(1)}`,
  );
  output.result({ output: `${stem}.npy`, ...description, seconds: (elapsedMs() - began) / 1000 });
}

async function readSample(flags: Flags, key: Key, output: Output, signal: AbortSignal) {
  const { endpoint, space, token, tier, input, numCentroids: k, sample: size } = flags;
  if (input !== undefined) {
    const read = await withProgress(output, `Reading ${input}`, 100, "%", ({ update }) =>
      readVectorSample(input, {
        size,
        key,
        signal,
        onProgress: (bytes, total) => update(Math.floor((100 * bytes) / total)),
      }),
    );
    return { ...read, endpoint: null, details: { input } };
  }
  const engram = openEngram({ endpoint: endpoint!, space, token, signal, onRetry: retryTeller(output) });
  try {
    await engram.health();
    const total = (await engram.counts(tier))[tier === "all" ? "total" : tier];
    if (total > 0 && k > total)
      throw new InputError(`${k} centroids of ${total} memories are not allowed: give a smaller --num-centroids`);
    const found = await withProgress(output, "Fetching memories", total, "memories", ({ update }) =>
      readStoreSample(engram, { tier, size, total, key, signal, onProgress: update }),
    );
    const { withoutEmbedding, missed } = found;
    if (missed > 0) {
      output.say(`Warning: the store counts ${showCount(missed)} more memories than its pages gave, in several passes`);
    }
    const details = { tier, memories_without_embedding: withoutEmbedding, memories_missed: missed };
    return { ...found, endpoint: endpoint!, details };
  } finally {
    await engram.close();
  }
}
