import { mkdirSync, rmSync, statSync } from "node:fs";
import { SPLITS } from "../src/data/splits.ts";
import { createCheck } from "./check.ts";
import { alternate, type Contender } from "./contest.ts";
import type { Corpus } from "./corpus.ts";
import { imageFamily } from "./imagejobs.ts";
import { builtBin } from "./job.ts";
import { checkNpzFiles, openNpzFiles } from "./npzfiles.ts";
import type { Peers } from "./peers.ts";
import { runMeasured } from "./process.ts";
import { ratioOf, spreadOf, type Spread } from "./statistics.ts";

/** How one contender wrote the arrays of a corpus as `.npz`. */
export interface Writing {
  readonly name: string;
  readonly images: number;
  readonly seconds: Spread;
  /** Of all files. */
  readonly bytes: number;
  /** How many times as long NumPy took; null without NumPy. */
  readonly faster: number | null;
  /** How many times as large as NumPy's the files are; null without NumPy. */
  readonly larger: number | null;
}

interface Writer {
  readonly name: string;
  readonly isPeer: boolean;
  /** Where it writes `<split>.npz`, inside of `scratch`. */
  readonly folder: string;
  /** Returns the seconds it took. */
  write(): Promise<number>;
}

/**
 * Writes the same arrays into the same files, one for each split: our encoder on this thread, NumPy on its only one, and
 * our command on two workers, which has to start and to draw the images as well. `scratch` is the folder that the peers
 * were opened with.
 */
export async function measureWriting(
  corpus: Corpus,
  scratch: string,
  peers: Peers | undefined,
  rounds: number,
): Promise<Writing[]> {
  const writers = await openWriters(corpus, scratch, peers);
  const check = createCheck(imageFamily);
  const folderOf = ({ folder }: Writer) => `${scratch}/${folder}`;
  const contenders = writers.map((writer): Contender<number> => ({
    name: writer.name,
    async measure() {
      rmSync(folderOf(writer), { recursive: true, force: true });
      return writer.write();
    },
  }));
  await alternate(contenders, 1); // until the engine has optimised the kernels
  for (const writer of writers) {
    checkNpzFiles(corpus, folderOf(writer));
    await check(writer, folderOf(writer));
  }
  const seconds = await alternate(contenders, rounds);
  const bytes = writers.map((writer) => bytesOf(folderOf(writer)));
  const numpy = writers.findIndex(({ isPeer }) => isPeer);
  return writers.map(({ name }, at) => ({
    name,
    images: corpus.recipe.images,
    seconds: spreadOf(seconds[at]!),
    bytes: bytes[at]!,
    faster: numpy < 0 ? null : ratioOf(seconds[numpy]!, seconds[at]!),
    larger: numpy < 0 ? null : bytes[at]! / bytes[numpy]!,
  }));
}

async function openWriters(corpus: Corpus, scratch: string, peers: Peers | undefined): Promise<Writer[]> {
  const { images } = corpus.recipe;
  const writeFiles = await openNpzFiles(corpus);
  const command = ["images", "--num-images", `${images}`, "--output-dir", `${scratch}/command`, "--workers", "2"];
  const flags = ["--yes", "--quiet", "--no-report", "--no-checksum"];
  const ours: Writer = {
    name: "seedbed, one thread",
    isPeer: false,
    folder: "seedbed",
    async write() {
      const began = performance.now();
      mkdirSync(`${scratch}/seedbed`);
      writeFiles(`${scratch}/seedbed`);
      return (performance.now() - began) / 1000;
    },
  };
  const ourCommand: Writer = {
    name: "seedbed images, two workers, draws them too",
    isPeer: false,
    folder: "command",
    write: async () => runMeasured([...builtBin(), ...command, ...flags], scratch, null).wallSeconds,
  };
  const numpy: Writer = {
    name: "np.savez_compressed, one thread",
    isPeer: true,
    folder: "numpy",
    write: async () => (await peers!.measure("savez_compressed", 0)).seconds[0]!,
  };
  return peers ? [ours, ourCommand, numpy] : [ours, ourCommand];
}

function bytesOf(folder: string): number {
  return SPLITS.reduce((sum, split) => sum + statSync(`${folder}/${split}.npz`).size, 0);
}
