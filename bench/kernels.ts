import * as zlib from "node:zlib";
import { codeStream, normalStream, uniformStream, wordStream, type FlatStream } from "../src/core/flat.ts";
import { createCore } from "../src/core/instance.ts";
import { createJoiner } from "../src/core/join.ts";
import { createCrc32, createSummarizer } from "../src/core/measure.ts";
import { bytesOf, type TypedArray } from "../src/data/dtype.ts";

/** Values, bytes or lines of one call: 1 MiB of float32, about a block of the pipeline. */
export const COUNT = 1 << 18;

/** One way of doing a kernel's work. */
export interface Work {
  /** Does it once, on other input than the last time where there is input to choose. */
  run(): unknown;
  /** What it gives for the first input, so that it is known to be the right work. */
  result(): Uint8Array;
}

export interface Kernel {
  readonly name: string;
  readonly unit: "values" | "bytes" | "lines";
  /** Bytes that a call makes or reads. */
  readonly bytes: number;
  /** CRC-32 of the result: part of the determinism contract, so it never changes within a major version. */
  readonly crc: number;
  readonly ours: () => Work;
  /** Others in this process. */
  readonly others?: Readonly<Record<string, () => Work>>;
  /** Names in `peers/kernels.py`, by what to call them in the table. */
  readonly numpy: Readonly<Record<string, string>>;
}

const address = { key: [42, 0], stream: 1 } as const;
const thresholds = [0.1 * 2 ** 32, 0.4 * 2 ** 32].map(Math.round);
const lines = ["A", "B", "C"].map((cls) => new TextEncoder().encode(`{"cls":"${cls}"}\n`));

export const kernels: readonly Kernel[] = [
  {
    name: "bits",
    unit: "values",
    bytes: 4 * COUNT,
    crc: 0x5f15891c,
    ours: () => reading(wordStream(createCore(), address, COUNT)),
    numpy: { "default_rng().integers, uint32": "integers", "PCG64.random_raw": "random_raw" },
  },
  {
    name: "uniforms",
    unit: "values",
    bytes: 4 * COUNT,
    crc: 0x8e261ef5,
    ours: () => reading(uniformStream(createCore(), address, COUNT)),
    numpy: { "default_rng().random, float32": "random" },
  },
  {
    name: "normals",
    unit: "values",
    bytes: 4 * COUNT,
    crc: 0x09b8f7ed,
    ours: () => reading(normalStream(createCore(), address, COUNT)),
    numpy: { "default_rng().standard_normal, float32": "standard_normal", "np.random.randn": "randn" },
  },
  {
    name: "codes",
    unit: "values",
    bytes: COUNT,
    crc: 0x37e10bb6,
    ours: () => reading(codeStream(createCore(), address, thresholds, COUNT)),
    numpy: { "random, two comparisons": "codes" },
  },
  {
    name: "summarize",
    unit: "values",
    bytes: 4 * COUNT,
    crc: 0x55890ad4,
    ours: openSummary,
    numpy: { "min, max, sums, isnan": "summary" },
  },
  {
    name: "crc32",
    unit: "bytes",
    bytes: COUNT,
    crc: 0x513ef44f,
    ours: openCrc32,
    others: { "node:zlib crc32": openZlibCrc32 },
    numpy: { "Python zlib.crc32": "zlib.crc32" },
  },
  {
    name: "join",
    unit: "lines",
    bytes: lines[0]!.length * COUNT,
    crc: 0x5e41864a,
    ours: openJoin,
    numpy: { "table.take(codes).tobytes": "take" },
  },
];

/** Throws unless the work gives what the kernel is known to give. */
export function checkWork({ name, crc }: Kernel, work: Work): void {
  const actual = zlib.crc32(work.result());
  if (actual !== crc) throw new Error(`Cannot trust kernel ${name}: expected a result of CRC-32 ${crc}, got ${actual}`);
}

function reading(stream: FlatStream<TypedArray>): Work {
  let first = 0n;
  return {
    run: () => stream.read((first += BigInt(COUNT)), COUNT),
    result: () => bytesOf(stream.read(0n, COUNT)),
  };
}

function openSummary(): Work {
  const core = createCore();
  const summarize = createSummarizer(core);
  const values = normalStream(core, address, COUNT).read(0n, COUNT);
  const run = () => summarize(values);
  return { run, result: () => bytesOf(Float64Array.from(Object.values(run()))) };
}

function openCrc32(): Work {
  const core = createCore();
  const crc32 = createCrc32(core);
  const bytes = bytesOf(wordStream(core, address, COUNT / 4).read(0n, COUNT / 4));
  const run = () => crc32(bytes);
  return { run, result: () => bytesOf(Uint32Array.of(run())) };
}

function openZlibCrc32(): Work {
  const bytes = bytesOf(wordStream(createCore(), address, COUNT / 4).read(0n, COUNT / 4));
  const run = () => zlib.crc32(bytes);
  return { run, result: () => bytesOf(Uint32Array.of(run())) };
}

function openJoin(): Work {
  const core = createCore();
  const join = createJoiner(core, [lines], COUNT);
  const codes = codeStream(createCore(), address, thresholds, COUNT).read(0n, COUNT);
  const run = () => join([codes]);
  return { run, result: run };
}
