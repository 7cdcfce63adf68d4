import { seenRowsBytes } from "../core/distinct.ts";
import { hasLaterEngine } from "../runtime/system.ts";
import { MAX_NOTED } from "./tally.ts";

/** What `inspectCorpus` takes: at first, and at most once garbage has piled up; without the table of images seen. */
interface Need {
  readonly least: number;
  readonly most: number;
}

// Measured resident sizes on x86-64 Linux with Node 20, the process and the picture included.
const ARRAYS: Need = { least: 76e6, most: 102e6 };
const PICTURES: Need = { least: 130e6, most: 195e6 };
const PARQUET: Need = { least: 165e6, most: 280e6 };
const GROWN_AT = 30_000; // images
const LATE_GROWTH = 20e6;
const LATE_GROWN_AT = 1_000_000;
/** What Node 24 and Deno take besides: at the start, and in garbage. */
const LATER_ENGINE: Need = { least: 14e6, most: 84e6 };
const LATER_GROWN_AT = 100_000;
/** What a run that wrote the corpus with threads leaves behind. */
const AFTER_WORKERS = 12e6;

/** The expected peak of resident memory of a process that inspects a corpus of so many images, after it wrote it. */
export function inspectMemory(images: number, format: string, workers: number): number {
  const { least, most } =
    format === "parquet" ? PARQUET : ["webdataset", "imagefolder"].includes(format) ? PICTURES : ARRAYS;
  const grown = (most - least) * Math.min(1, images / GROWN_AT);
  const table = 1.5 * seenRowsBytes(Math.min(images, MAX_NOTED)); // and what is allocated while it is filled
  const late = LATE_GROWTH * Math.min(1, images / LATE_GROWN_AT);
  const engine = hasLaterEngine()
    ? LATER_ENGINE.least + (LATER_ENGINE.most - LATER_ENGINE.least) * Math.min(1, images / LATER_GROWN_AT)
    : 0;
  return least + grown + late + engine + table + (workers > 0 ? AFTER_WORKERS : 0);
}
