import { InputError } from "../data/errors.ts";
import { readTextIfThere } from "../runtime/files.ts";
import { asFields, fieldsIn, isCount } from "../data/fields.ts";
import { RECORD_NAME } from "./download/safepath.ts";
import { recordsBelow, type FoundRecords } from "./folderrecords.ts";

/** What `dataset.json` of a processed dataset says of its files. */
export interface ProcessedRecord {
  readonly source: string | undefined;
  /** Undefined where it does not say. */
  readonly rows: number | undefined;
  /** Paths as seen from its folder. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
}

/** Those of all datasets under the root whose text was made anew; names are of the dataset and its split. */
export function processedDatasets(root: string): FoundRecords<ProcessedRecord> {
  return recordsBelow(`${root}/datasets/processed`, 2, readProcessed);
}

function readProcessed(folder: string): ProcessedRecord | undefined {
  const path = `${folder}/${RECORD_NAME}`;
  const text = readTextIfThere(path);
  if (text === undefined) return undefined;
  const { source, rows, files } = fieldsIn(text) ?? {};
  if (!Array.isArray(files) || !files.every(isFile)) throw new InputError(`${path} is no record of a dataset`);
  return {
    source: typeof source === "string" ? source : undefined,
    rows: isCount(rows) ? rows : undefined,
    files,
  };
}

function isFile(value: unknown): value is ProcessedRecord["files"][number] {
  const { path, bytes } = asFields(value) ?? {};
  return typeof path === "string" && isCount(bytes);
}
