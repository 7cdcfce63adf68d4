import { createDecimalWriter } from "../src/core/decimals.ts";
import { createCore } from "../src/core/instance.ts";
import { createTextEmbedder } from "../src/core/textembedding.ts";
import { bytesOf } from "../src/data/dtype.ts";
import type { ClusteredSpec } from "../src/data/plan.ts";
import { randomCentroids } from "../src/datasets/centroids.ts";
import { joinBytes } from "../src/formats/bytes.ts";
import { OBJECTS, SENTENCES, TOPICS, VERBS } from "../src/formats/memorywords.ts";
import { clusteredSource } from "../src/sources/clustered.ts";
import { clusteredRows, indices } from "../test/reference/clustered.ts";
import { decimal } from "../test/reference/decimals.ts";
import { localEmbedding } from "../test/reference/localembedding.ts";
import { normals } from "../test/reference/normals.ts";
import { COUNT, type Kernel, type Work } from "./kernel.ts";

const address = { key: [42, 0], stream: 1 } as const;
const DIM = 768;
const CENTROIDS = 100;
const ROWS = 336; // a block of the pipeline; also in peers/memorykernels.py
const VALUES = 4 * DIM; // of decimals: a call of a peer takes milliseconds for them; also in peers/memorykernels.py
const TEXTS = 64;
const TEXT_LENGTH = 1000;
const SENTENCES_OF_TEXT = 40; // more than a text is long

/** What memories are made by. */
export const memoryKernels: readonly Kernel[] = [
  decimalsOf("decimals, N(0, 0.036)", 0.036, "0.036"), // coordinates of unit vectors of 768 dimensions
  decimalsOf("decimals, N(0, 1)", 1, "1"),
  {
    name: "points around centroids",
    unit: "values",
    count: ROWS * DIM,
    bytes: 4 * ROWS * DIM,
    expected: () => bytesOf(clusteredRows(clusters(), 0n, ROWS)),
    ours: openPoints,
    numpy: { "NumPy, float32 in bulk": "points" },
  },
  {
    name: "embed texts of 1000 bytes",
    unit: "bytes",
    count: TEXTS * TEXT_LENGTH,
    bytes: TEXTS * TEXT_LENGTH,
    expected: () => joinBytes(texts().map((text) => bytesOf(localEmbedding(text, DIM)))),
    ours: openEmbedding,
    numpy: {}, // nothing there does this work
  },
];

/** Float32 to the shortest decimals that read back. */
function decimalsOf(name: string, sigma: number, peer: string): Kernel {
  const values = (count: number) => normals(address, 0n, count).map((value) => value * sigma);
  return {
    name,
    unit: "values",
    count: VALUES,
    bytes: 4 * VALUES,
    expected: () => new TextEncoder().encode(Array.from(values(VALUES), (value) => decimal(value)).join(",")),
    ours() {
      const write = createDecimalWriter(createCore(), VALUES);
      const given = values(COUNT); // so many that no processor remembers how their branches went
      let first = 0;
      return {
        run() {
          first = (first + VALUES) % (COUNT - VALUES);
          return write(given.subarray(first, first + VALUES));
        },
        result: () => write(given.subarray(0, VALUES)),
      };
    },
    numpy: { "json.dumps(list)": `json.dumps ${peer}`, "NumPy, astype(str)": `astype(str) ${peer}` },
  };
}

function clusters(): ClusteredSpec {
  const centroids = randomCentroids(createCore(), "42", CENTROIDS, DIM);
  const shape = { dim: DIM, centroids, stdDev: 0.1, normalize: true };
  return { kind: "clustered", field: "embedding", ...shape, ...address, clusterStream: 2 };
}

function openPoints(): Work {
  const source = clusteredSource(createCore(), clusters(), ROWS);
  let first = 0;
  return {
    run: () => source.read((first += ROWS), ROWS),
    result: () => bytesOf(source.read(0, ROWS).columns[0]!.data),
  };
}

function openEmbedding(): Work {
  const embed = createTextEmbedder(createCore(), DIM);
  const [given, out] = [texts(), new Float32Array(TEXTS * DIM)];
  const run = () => embed(given, out);
  return { run, result: () => (run(), bytesOf(out)) };
}

function texts(): string[] {
  return Array.from({ length: TEXTS }, (_, text) => {
    const first = BigInt(text * SENTENCES_OF_TEXT);
    const drawn = [...indices(address, SENTENCES, first, SENTENCES_OF_TEXT)];
    return drawn.map(sentence).join(" ").slice(0, TEXT_LENGTH);
  });
}

function sentence(number: number): string {
  const [verb, object] = [Math.floor(number / OBJECTS.length) % VERBS.length, number % OBJECTS.length];
  return `${TOPICS[Math.floor(number / OBJECTS.length / VERBS.length)]} ${VERBS[verb]} ${OBJECTS[object]}.`;
}
