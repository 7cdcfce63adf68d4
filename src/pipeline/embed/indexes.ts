import { InputError } from "../../data/errors.ts";
import type { EmbeddingManifest } from "../../data/embeddings.ts";
import { recordsBelow, type FoundRecords } from "../folderrecords.ts";
import { component } from "../root.ts";
import { readEmbeddingManifest } from "./manifest.ts";

/** A dataset of embeddings under a root. */
export interface EmbeddedDataset {
  /** Of its index, as seen from the root. */
  readonly folder: string;
  readonly manifest: EmbeddingManifest;
}

/** All that have a manifest, in the order of their folders; of the others names are those of model and dataset. */
export function embeddedDatasets(
  root: string,
): Omit<FoundRecords<EmbeddingManifest>, "whole"> & { readonly whole: readonly EmbeddedDataset[] } {
  const { whole, ...others } = recordsBelow(`${root}/indexes`, 2, readEmbeddingManifest);
  return {
    ...others,
    whole: whole.map(({ names, record }) => ({ folder: `indexes/${names.join("/")}`, manifest: record })),
  };
}

/** The one of that name and model. Throws `InputError` that lists what is there, or says what is wrong with it. */
export function findEmbedded(root: string, dataset: string, model: string | undefined): EmbeddedDataset {
  const { whole: all, damaged } = embeddedDatasets(root);
  const isAsked = (asked: string | undefined, name: string) =>
    asked === undefined || asked === name || component(asked) === component(name);
  const isFolder = (asked: string, name: string) => component(asked) === name;
  const [found, ...others] = all.filter(
    ({ manifest }) => isAsked(dataset, manifest.dataset) && isAsked(model, manifest.model),
  );
  const own = damaged.find(({ names: [by, of] }) =>
    of === undefined ? !found : isFolder(dataset, of) && (model === undefined || isFolder(model, by!)),
  );
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
