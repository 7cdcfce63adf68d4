import { InputError } from "../../data/errors.ts";
import type { EmbeddingManifest } from "../../data/embeddings.ts";
import { listFolders } from "../../runtime/files.ts";
import { component } from "../root.ts";
import { readEmbeddingManifest } from "./manifest.ts";

/** A dataset of embeddings under a root. */
export interface EmbeddedDataset {
  /** Of its index, as seen from the root. */
  readonly folder: string;
  readonly manifest: EmbeddingManifest;
}

/** A folder whose manifest cannot be understood. */
interface Damaged {
  readonly folder: string;
  readonly model: string;
  readonly dataset: string;
  readonly error: InputError;
}

/** All that have a manifest, in the order of their folders; the damaged ones apart. */
export function embeddedDatasets(root: string): {
  readonly whole: readonly EmbeddedDataset[];
  readonly damaged: readonly Damaged[];
} {
  const whole: EmbeddedDataset[] = [];
  const damaged: Damaged[] = [];
  for (const model of listFolders(`${root}/indexes`)) {
    for (const dataset of listFolders(`${root}/indexes/${model}`)) {
      const folder = `indexes/${model}/${dataset}`;
      try {
        const manifest = readEmbeddingManifest(`${root}/${folder}`);
        if (manifest) whole.push({ folder, manifest });
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        damaged.push({ folder, model, dataset, error });
      }
    }
  }
  return { whole, damaged };
}

/** The one of that name and model. Throws `InputError` that lists what is there, or says what is wrong with it. */
export function findEmbedded(root: string, dataset: string, model: string | undefined): EmbeddedDataset {
  const { whole: all, damaged } = embeddedDatasets(root);
  const isAsked = (asked: string | undefined, name: string) =>
    asked === undefined || asked === name || component(asked) === component(name);
  const [found, ...others] = all.filter(
    ({ manifest }) => isAsked(dataset, manifest.dataset) && isAsked(model, manifest.model),
  );
  const own = damaged.find((one) => isAsked(dataset, one.dataset) && isAsked(model, one.model));
  if (own) throw own.error;
  const named = (list: readonly EmbeddedDataset[]) =>
    list.map(({ manifest }) => `${manifest.dataset} by ${manifest.model}`).join(", ");
  if (!found) {
    const there = all.length > 0 ? `there are ${named(all)}` : "nothing was embedded";
    throw new InputError(
      `No embeddings of "${dataset}"${model === undefined ? "" : ` by ${model}`} under ${root}: ${there}`,
    );
  }
  if (others.length > 0) throw new InputError(`Several are there: ${named([found, ...others])}; give --model`);
  return found;
}
