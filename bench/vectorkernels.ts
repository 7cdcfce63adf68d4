import * as zlib from "node:zlib";
import { codeStream, normalStream, uniformStream, wordStream, type FlatStream } from "../src/core/flat.ts";
import { createCore, type Core } from "../src/core/instance.ts";
import { createLineWriter } from "../src/core/lines.ts";
import { createCrc32 } from "../src/core/measure.ts";
import { bytesOf, type TypedArray } from "../src/data/dtype.ts";
import { codes } from "../test/reference/codes.ts";
import { crc32 } from "../test/reference/crc32.ts";
import { normals } from "../test/reference/normals.ts";
import { summary } from "../test/reference/summary.ts";
import { uniforms } from "../test/reference/uniforms.ts";
import { words } from "../test/reference/words.ts";
import { COUNT, type Kernel, type Work } from "./kernel.ts";

const address = { key: [42, 0], stream: 1 } as const;
const thresholds = [0.1 * 2 ** 32, 0.4 * 2 ** 32].map(Math.round);
const lines = ["A", "B", "C"].map((cls) => `{"cls":"${cls}"}\n`);

/** What the datasets of vectors are made by. */
export const vectorKernels: readonly Kernel[] = [
  {
    name: "bits",
    unit: "values",
    count: COUNT,
    bytes: 4 * COUNT,
    expected: () => bytesOf(words(address, 0n, COUNT)),
    ours: () => reading(wordStream(createCore(), address, COUNT)),
    numpy: { "default_rng().integers, uint32": "integers", "PCG64.random_raw": "random_raw" },
  },
  {
    name: "uniforms",
    unit: "values",
    count: COUNT,
    bytes: 4 * COUNT,
    expected: () => bytesOf(uniforms(address, 0n, COUNT)),
    ours: () => reading(uniformStream(createCore(), address, COUNT)),
    numpy: { "default_rng().random, float32": "random" },
  },
  {
    name: "normals",
    unit: "values",
    count: COUNT,
    bytes: 4 * COUNT,
    expected: () => bytesOf(normals(address, 0n, COUNT)),
    ours: () => reading(normalStream(createCore(), address, COUNT)),
    numpy: { "default_rng().standard_normal, float32": "standard_normal", "np.random.randn": "randn" },
  },
  {
    name: "codes",
    unit: "values",
    count: COUNT,
    bytes: COUNT,
    expected: () => codes(address, thresholds, 0n, COUNT),
    ours: () => reading(codeStream(createCore(), address, thresholds, COUNT)),
    numpy: { "random, two comparisons": "codes" },
  },
  {
    name: "summarize",
    unit: "values",
    count: COUNT,
    bytes: 4 * COUNT,
    expected: () => bytesOf(Float64Array.from(summary(normals(address, 0n, COUNT)))),
    ours: openSummary,
    numpy: { "min, max, sums, isnan": "summary" },
  },
  {
    name: "crc32",
    unit: "bytes",
    count: COUNT,
    bytes: COUNT,
    expected: () => bytesOf(Uint32Array.of(crc32(bytesOf(words(address, 0n, COUNT / 4))))),
    ours: openCrc32,
    others: { "node:zlib crc32": openZlibCrc32 },
    numpy: { "Python zlib.crc32": "zlib.crc32" },
  },
  {
    name: "lines",
    unit: "lines",
    count: COUNT,
    bytes: lines[0]!.length * COUNT,
    expected: () =>
      new TextEncoder().encode([...codes(address, thresholds, 0n, COUNT)].map((code) => lines[code]!).join("")),
    ours: openLines,
    numpy: { "table.take(codes).tobytes": "take" },
  },
];

function reading(stream: FlatStream<TypedArray>): Work {
  let first = 0n;
  return {
    run: () => stream.read((first += BigInt(COUNT)), COUNT),
    result: () => bytesOf(stream.read(0n, COUNT)),
  };
}

function openSummary(): Work {
  const core = createCore();
  const into = core.alloc(5 * 8);
  const values = normalStream(core, address, COUNT).read(0n, COUNT);
  const run = () => core.kernels.summarize(into, values.byteOffset, COUNT);
  return { run, result: () => (run(), core.bytes(into, 5 * 8)) };
}

function openCrc32(): Work {
  const core = createCore();
  const crcOf = createCrc32(core);
  return crcWork(core, (bytes) => crcOf(bytes));
}

function openZlibCrc32(): Work {
  return crcWork(createCore(), (bytes) => zlib.crc32(bytes));
}

function crcWork(core: Core, crcOf: (bytes: Uint8Array) => number): Work {
  const bytes = bytesOf(wordStream(core, address, COUNT / 4).read(0n, COUNT / 4));
  return { run: () => crcOf(bytes), result: () => bytesOf(Uint32Array.of(crcOf(bytes))) };
}

function openLines(): Work {
  const write = createLineWriter(createCore(), [{ kind: "coded", pieces: lines }], COUNT);
  const drawn = codeStream(createCore(), address, thresholds, COUNT).read(0n, COUNT);
  const run = () => write(0, COUNT, [drawn]);
  return { run, result: run };
}
