import { existsSync } from "node:fs";
import { showSize } from "../src/commands/show.ts";
import { readNpyHeader } from "../src/formats/npy.ts";
import { openFile } from "../src/runtime/files.ts";
import { builtBin, datasetFolder, fromSource, LARGE, underDeno, type Family, type Job } from "./job.ts";
import { countLines, firstLine } from "./lines.ts";

const DIM = 768;
const CENTROIDS = 100;
const STEM = "memories";

/** Memories around random centroids, each with a text, a confidence, an id and its cluster. */
export const memoryFamily: Family = {
  name: "memories",
  sizes: { quick: [20_000], full: [20_000, 100_000], memory: [100_000, 950_000] },
  title: (rows) => `${showSize(rows)} memories x ${DIM}`,
  rowBytes: 10_000, // the few of a peer: 17,200
  jobs: ({ deno, python }) => [
    our("built bin, --workers 2", builtBin(), ["--workers", "2"]),
    our("built bin, --workers 1", builtBin(), ["--workers", "1"]),
    our("built bin, --workers auto", builtBin()),
    our("built bin, --no-checksum", builtBin(), ["--no-checksum"]),
    our("built bin, --format npy", builtBin(), [], "npy"),
    our("node --import tsx", fromSource),
    ...(deno ? [our("deno run", underDeno(deno))] : []),
    ...(python ? [peer(python, "memories.py"), peer(python, "memories_processes.py")] : []),
  ],
  async extent(folder) {
    const array = `${folder}/${STEM}.npy`;
    const lines = `${folder}/${STEM}.${existsSync(array) ? "metadata.jsonl" : "jsonl"}`;
    const { embedding, ...others } = JSON.parse(firstLine(lines)) as { embedding?: number[] };
    return {
      [`lines with ${Object.keys(others).join(", ")}`]: await countLines(lines),
      "values of an embedding": embedding?.length ?? (await valuesOfRow(array)),
    };
  },
  files: [`${STEM}.jsonl`, `${STEM}.npy`, `${STEM}.metadata.jsonl`],
};

function our(name: string, launcher: readonly string[], flags: string[] = [], format = "jsonl"): Job {
  const command = (rows: number, scratch: string) => [
    ...[...launcher, "memories", "--centroids", `${CENTROIDS}`, "--count", `${rows}`, "--format", format],
    ...["--output", `${datasetFolder(scratch, rows)}/${STEM}.${format}`, "--quiet", ...flags],
  ];
  return { name, isPeer: false, minRows: 0, maxRows: Infinity, command };
}

function peer(python: string, script: string): Job {
  const command = (rows: number, scratch: string) => [
    ...[python, "-B", `bench/peers/${script}`, `${rows}`, `${CENTROIDS}`], // -B: no __pycache__ beside the scripts
    `${datasetFolder(scratch, rows)}/${STEM}.jsonl`,
  ];
  return { name: script, isPeer: true, minRows: 0, maxRows: LARGE, command };
}

/** The second dimension of an array. */
async function valuesOfRow(path: string): Promise<number> {
  const file = await openFile(path);
  try {
    return (await readNpyHeader(file)).shape[1]!;
  } finally {
    await file.close();
  }
}
