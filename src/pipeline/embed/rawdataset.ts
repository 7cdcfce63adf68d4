import { InputError } from "../../data/errors.ts";
import { DOCUMENT_ENDINGS, formatOfName } from "../../formats/documents/table.ts";
import { absolutePath, fileLength, isThere, listFolder, listFolders, splitPath } from "../../runtime/files.ts";
import { readRecord, type DatasetRecord } from "../download/record.ts";
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
    ({ source, record }) =>
      [record.dataset, record.name, component(record.dataset)].includes(asked.dataset) &&
      (asked.source === undefined || source === asked.source),
  );
  if (found.length === 0) {
    const own = damaged.find(({ dataset }) => dataset === component(asked.dataset));
    if (own) throw own.error;
    const names = [...new Set(whole.map(({ record }) => record.dataset))];
    const there = names.length > 0 ? `there are ${names.join(", ")}` : "nothing was downloaded";
    throw new InputError(
      `No dataset "${asked.dataset}" under ${root}: ${there}; see seedbed download, or give the path of a file`,
    );
  }
  const fitting = found.filter(({ version }) => asked.split === undefined || version === component(asked.split));
  const [one, ...others] = fitting.length > 0 ? fitting : found;
  if (others.length > 0) {
    const choices = [one!, ...others].map(({ source, version }) => `${version} of ${source}`).join(", ");
    throw new InputError(`Several versions of ${asked.dataset} are there: ${choices}; give --split or --source`);
  }
  return ofRecord(one!, asked.split);
}

interface Downloaded {
  readonly folder: string;
  readonly source: string;
  readonly version: string;
  readonly record: DatasetRecord;
}

/** A folder whose record cannot be understood. */
interface Damaged {
  readonly folder: string;
  readonly source: string;
  readonly dataset: string;
  readonly version: string;
  readonly error: InputError;
}

/** What was downloaded, in the order of its paths; the damaged ones apart. */
export function downloaded(root: string): {
  readonly whole: readonly Downloaded[];
  readonly damaged: readonly Damaged[];
} {
  const raw = `${root}/datasets/raw`;
  const whole: Downloaded[] = [];
  const damaged: Damaged[] = [];
  for (const source of listFolders(raw)) {
    for (const dataset of listFolders(`${raw}/${source}`)) {
      for (const version of listFolders(`${raw}/${source}/${dataset}`)) {
        const folder = `${raw}/${source}/${dataset}/${version}`;
        try {
          const record = readRecord(folder);
          if (record) whole.push({ folder, source, version, record });
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
          damaged.push({ folder, source, dataset, version, error });
        }
      }
    }
  }
  return { whole, damaged };
}

function ofRecord({ folder, source, version, record }: Downloaded, split: string | undefined): RawDataset {
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
    ...{ source, dataset: record.dataset, split: split ?? record.split ?? DEFAULT_SPLIT },
    revision: record.revision?.resolved ?? null,
    files: files.map((path) => `${folder}/${path}`),
  };
}

function words(path: string): string[] {
  return path.toLowerCase().split(/[^a-z0-9]+/);
}

function datasetAt(path: string, split = DEFAULT_SPLIT): RawDataset {
  const { name } = splitPath(absolutePath(path)); // "." has one too
  const common = { source: "file", split, revision: null };
  if (fileLength(path) !== undefined) {
    return { ...common, dataset: name.replace(/(?:\.[a-z]+)(?:\.gz)?$/i, "") || name, files: [path] };
  }
  const files = listFolder(path).filter((each) => formatOfName(each) && fileLength(`${path}/${each}`) !== undefined);
  if (files.length === 0) throw new InputError(`${path} has no file that ends in ${DOCUMENT_ENDINGS.join(", ")}`);
  return { ...common, dataset: name, files: files.map((each) => `${path}/${each}`) };
}
