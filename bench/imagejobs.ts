import { showSize } from "../src/commands/show.ts";
import { SPLITS } from "../src/data/splits.ts";
import { readZipDirectory } from "../src/formats/zipdirectory.ts";
import { openFile } from "../src/runtime/files.ts";
import { builtBin, datasetFolder, fromSource, LARGE, underDeno, type Family, type Job } from "./job.ts";

/** Corpora of images with their labels and factors, and ours with a report. */
export const imageFamily: Family = {
  name: "images",
  sizes: { quick: [10_000, 100_000], full: [10_000, 100_000, 1_000_000], memory: [100_000, 10_000_000] },
  title: (rows) => `${showSize(rows)} images`,
  rowBytes: 64, // deflated: a tenth of 281
  jobs: ({ deno, python }) => [
    our("built bin", builtBin()),
    our("built bin, --no-report", builtBin(), ["--no-report"]),
    our("node --import tsx", fromSource),
    ...(deno ? [our("deno run", underDeno(deno))] : []),
    ...(python ? [peer(python)] : []),
  ],
  async extent(folder) {
    const arrays = await Promise.all(SPLITS.map((split) => arraySizes(folder, `${split}.npz`)));
    return Object.fromEntries(arrays.flat());
  },
  files: [...SPLITS.map((split) => `${split}.npz`), "report.json"], // the picture names its folder
};

function our(name: string, launcher: readonly string[], flags: string[] = []): Job {
  const command = (rows: number, scratch: string) => [
    ...[...launcher, "images", "--num-images", `${rows}`, "--output-dir", datasetFolder(scratch, rows)],
    ...["--yes", "--quiet", ...flags],
  ];
  return { name, isPeer: false, minRows: 0, maxRows: Infinity, command };
}

function peer(python: string): Job {
  const command = (rows: number, scratch: string) => [
    ...[python, "bench/peers/images.py", `${rows}`, datasetFolder(scratch, rows)],
  ];
  // It takes 80 microseconds for an image: more than a minute above.
  return { name: "NumPy, images.py", isPeer: true, minRows: 0, maxRows: LARGE, command };
}

/** The bytes of each array before compression. */
async function arraySizes(folder: string, name: string): Promise<[what: string, bytes: number][]> {
  const file = await openFile(`${folder}/${name}`);
  try {
    const entries = await readZipDirectory(file);
    return entries.map((entry) => [`bytes of ${entry.name} in ${name}`, entry.size]);
  } finally {
    await file.close();
  }
}
