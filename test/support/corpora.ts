import { readFileSync, writeFileSync } from "node:fs";
import type { Manifest } from "../../src/data/manifest.ts";
import { imageMetadata } from "../../src/datasets/imagemetadata.ts";
import { planImages } from "../../src/datasets/imageplan.ts";
import { type Split } from "../../src/data/splits.ts";
import { resolveImages, type ImagesOptions } from "../../src/datasets/images.ts";
import { npyHeader } from "../../src/formats/npy.ts";
import { joinBytes } from "../../src/formats/bytes.ts";
import { writeDataset } from "../../src/pipeline/dataset.ts";
import { zipOf } from "../formats/zips.ts";
import { readNpzBytes, type ByteArray } from "./arrays.ts";
import { sha256OfPath } from "./sums.ts";

/** Writes the corpus that the command `images` would write, on this thread and without a report. */
export async function writeImages(folder: string, options: ImagesOptions, { checksum = true } = {}): Promise<Manifest> {
  const recipe = resolveImages(options);
  const metadata = (createdAt: string) => imageMetadata(recipe, createdAt);
  return writeDataset({ recipe, passes: await planImages(recipe), folder, metadata }, { workers: 0, checksum });
}

/** An .npz of arrays of uint8. */
export function npzOf(arrays: Readonly<Record<string, ByteArray>>): Uint8Array {
  return zipOf(
    ...Object.entries(arrays).map(([name, { shape, data }]) => ({
      name: `${name}.npy`,
      method: "deflated" as const,
      data: joinBytes([npyHeader("|u1", shape), data]),
    })),
  );
}

/** Reads a split of an .npz corpus, lets `edit` change its arrays, and writes it again with nothing else amiss. */
export function editSplit(folder: string, split: Split, edit: (arrays: Record<string, ByteArray>) => void): void {
  const path = `${folder}/${split}.npz`;
  const arrays = Object.fromEntries(
    Object.entries(readNpzBytes(path)).map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
  );
  edit(arrays);
  writeFileSync(path, npzOf(arrays));
}

/** A `metadata.json` with nothing fixed, so that tests can break it. */
export interface LooseMetadata {
  extras: { recipe: Record<string, unknown>; files: Record<string, unknown>[]; [key: string]: unknown };
  [key: string]: unknown;
}

export function readMetadata(folder: string): LooseMetadata {
  return JSON.parse(readFileSync(`${folder}/metadata.json`, "utf8")) as LooseMetadata;
}

/** Changes `metadata.json` in place. */
export function editMetadata(folder: string, edit: (metadata: LooseMetadata) => void): void {
  const metadata = readMetadata(folder);
  edit(metadata);
  writeFileSync(`${folder}/metadata.json`, JSON.stringify(metadata));
}

/** Makes the sizes and sums of the manifest agree with the files, as a careful forger would. */
export function forgeImageSums(folder: string): void {
  editMetadata(folder, ({ extras }) => {
    for (const file of extras.files) {
      const path = `${folder}/${String(file["path"])}`;
      Object.assign(file, { bytes: readFileSync(path).length, sha256: sha256OfPath(path) });
    }
  });
}
