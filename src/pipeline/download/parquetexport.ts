import { InputError } from "../../data/errors.ts";

/** The branch to which the Hub exports datasets as `{config}/{split}/0000.parquet`. */
export const EXPORT_REVISION = "refs/convert/parquet";

const PARTIAL = "partial-"; // before the split, where only the first 5 GB are exported

export interface ExportChoice<Entry> {
  readonly entries: readonly Entry[];
  readonly notes: readonly string[];
}

/**
 * The files of a split in the export; undefined where the export has no files. Throws `InputError` where it has them but
 * no such split, or has it in several configurations of which none is `default`.
 */
export function filesOfSplit<Entry extends { readonly path: string }>(
  entries: readonly Entry[],
  split: string,
): ExportChoice<Entry> | undefined {
  const exported = entries.flatMap((entry) => {
    const [config, folder, name, ...more] = entry.path.split("/");
    if (!config || !folder || !name?.endsWith(".parquet") || more.length > 0) return [];
    const isPartial = folder.startsWith(PARTIAL);
    return [{ entry, config, split: isPartial ? folder.slice(PARTIAL.length) : folder, isPartial }];
  });
  if (exported.length === 0) return undefined;
  const ofSplit = exported.filter((each) => each.split === split);
  if (ofSplit.length === 0)
    throw new InputError(`There is no split ${split}: give ${list(exported.map((e) => e.split))}`);
  const configs = [...new Set(ofSplit.map(({ config }) => config))];
  const config = configs.length === 1 ? configs[0] : configs.find((name) => name === "default");
  if (config === undefined)
    throw new InputError(`Split ${split} is in ${list(configs)}: choose by --files "${configs[0]}/**"`);
  const chosen = ofSplit.filter((each) => each.config === config);
  const isPartial = chosen.some((each) => each.isPartial);
  const note = `The export to Parquet holds the first 5 GB of this split only: choose by --files without --split for all of it`;
  return { entries: chosen.map(({ entry }) => entry), notes: isPartial ? [note] : [] };
}

function list(names: readonly string[]): string {
  return [...new Set(names)].sort().slice(0, 20).join(", ");
}
