import type { Manifest } from "../../src/data/manifest.ts";
import { planVectors, resolveVectors, type VectorsOptions } from "../../src/datasets/vectors.ts";
import { writeDataset } from "../../src/pipeline/dataset.ts";

/** Writes the dataset that the command `vectors` would write, on this thread. */
export function writeVectors(folder: string, options: VectorsOptions, { checksum = true } = {}): Promise<Manifest> {
  const recipe = resolveVectors(options);
  return writeDataset({ recipe, passes: planVectors(recipe), folder }, { workers: 0, checksum });
}
