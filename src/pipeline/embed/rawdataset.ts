import { InputError } from "../../data/errors.ts";
import { DOCUMENT_ENDINGS, formatOfName } from "../../formats/documents/table.ts";
import { fileLength, isThere, splitPath } from "../../runtime/files.ts";
import { filesAt } from "../download/localfiles.ts";
import { readRecord, type DatasetRecord } from "../download/record.ts";
import { datasetNameAt, withoutEnding } from "../datasetname.ts";
import { recordsBelow, type FoundRecords } from "../folderrecords.ts";
import { component } from "../root.ts";

/** A split of a dataset of texts, in files. */
export interface RawDataset {
  readonly source: string;
  readonly dataset: string;
  readonly split: string;
  /** What the files are, where somebody said so. */
  readonly revision: string | null;
  readonly files: readonly string[];
}

export interface AskedDataset {
  /** The name of a dataset that was downloaded, or the path of a file or folder. */
  readonly dataset: string;
  readonly split?: string | undefined;
  readonly source?: string | undefined;
}

const DEFAULT_SPLIT = "default";

/** Finds it: a path that is there, else what was downloaded under the root. Throws `InputError` that lists what is there. */
export function findRawDataset(root: string, asked: AskedDataset): RawDataset {
  if (asked.source === undefined && isThere(asked.dataset)) return datasetAt(asked.dataset, asked.split);
  const { whole, damaged } = downloaded(root);
  const found = whole.filter(
    ({ names: [source], record }) =>
      isCalled(record, asked.dataset) && (asked.source === undefined || source === asked.source),
  );
  if (found.length === 0) {
    const folder = component(asked.dataset);
    const own = damaged.find(({ names: [, dataset = folder] }) => dataset === folder);
    if (own) throw own.error;
    const names = [...new Set(whole.map(({ record }) => record.dataset))];
    const there = names.length > 0 ? `there are ${names.join(", ")}` : "nothing was downloaded";
    throw new InputError(
      `No dataset "${asked.dataset}" under ${root}: ${there}; see seedbed download, or give the path of a file`,
    );
  }
  const fitting = found.filter(
    ({ names: [, , version] }) => asked.split === undefined || version === component(asked.split),
  );
  const [one, ...others] = fitting.length > 0 ? fitting : found;
  if (others.length > 0) {
    const choices = [one!, ...others].map(({ names: [source, , version] }) => `${version} of ${source}`).join(", ");
    throw new InputError(`Several versions of ${asked.dataset} are there: ${choices}; give --split or --source`);
  }
  return ofRecord(one!, asked.split);
}

/** By its name, that at its source, that of its folder, or that of the file it was copied from. */
function isCalled({ source, dataset, name }: DatasetRecord, asked: string): boolean {
  if (source === "file" && dataset === withoutEnding(asked)) return true;
  return [dataset, name, component(dataset)].includes(asked);
}

/** What was downloaded; names are those of source, dataset and version. */
export function downloaded(root: string): FoundRecords<DatasetRecord> {
  return recordsBelow(`${root}/datasets/raw`, 3, readRecord);
}

type Downloaded = FoundRecords<DatasetRecord>["whole"][number];

function ofRecord({ folder, names: [source, , version], record }: Downloaded, split: string | undefined): RawDataset {
  const paths = record.files.map(({ path }) => path).filter((path) => formatOfName(splitPath(path).name));
  const isWhole = split === undefined || version === component(split);
  const files = isWhole ? paths : paths.filter((path) => words(path).includes(split.toLowerCase()));
  if (files.length === 0) {
    const what =
      paths.length === 0 ? `no file that ends in ${DOCUMENT_ENDINGS.join(", ")}` : `no file of split "${split}"`;
    throw new InputError(
      `${folder} has ${what}: its files are ${record.files
        .map(({ path }) => path)
        .slice(0, 9)
        .join(", ")}`,
    );
  }
  return {
    ...{ source: source!, dataset: record.dataset, split: split ?? record.split ?? DEFAULT_SPLIT },
    revision: record.revision?.resolved ?? null,
    files: files.map((path) => `${folder}/${path}`),
  };
}

function words(path: string): string[] {
  return path.toLowerCase().split(/[^a-z0-9]+/);
}

function datasetAt(path: string, split = DEFAULT_SPLIT): RawDataset {
  const common = { source: "file", dataset: datasetNameAt(path), split, revision: null };
  if (fileLength(path) !== undefined) return { ...common, files: [path] };
  const files = filesAt(path)
    .files.map((file) => file.path)
    .filter((each) => formatOfName(splitPath(each).name));
  if (files.length === 0) throw new InputError(`${path} has no file that ends in ${DOCUMENT_ENDINGS.join(", ")}`);
  return { ...common, files: files.map((each) => `${path}/${each}`) };
}
