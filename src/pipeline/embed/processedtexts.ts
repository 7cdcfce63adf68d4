import type { Document } from "../../data/documents.ts";
import { InputError } from "../../data/errors.ts";
import { PACKAGE_NAME, VERSION } from "../../data/version.ts";
import { recordDate } from "../../runtime/environment.ts";
import {
  absolutePath,
  makeFolder,
  readTextIfThere,
  removeEmptyFolders,
  removeFile,
  splitPath,
  writeWhole,
} from "../../runtime/files.ts";
import { takeLock } from "../../runtime/lock.ts";
import { openSink, type FinishedFile, type Sink } from "../../runtime/sink.ts";
import { fieldsIn } from "../../data/fields.ts";
import { RECORD_NAME } from "../download/safepath.ts";
import type { Documents } from "./documents.ts";
import type { RawDataset } from "./rawdataset.ts";
import { idOf, type DocumentFields } from "./textrow.ts";

/** What processed texts are made from, and how. */
export interface ProcessedOf extends DocumentFields {
  readonly raw: Pick<RawDataset, "source" | "dataset" | "split" | "revision">;
  readonly preprocessing: string;
  readonly input: Documents["files"];
}

type Add = (documents: readonly Document[]) => Promise<void>;

const TEXTS_NAME = "texts.jsonl";
const UNITS_AT_ONCE = 1 << 20;

/**
 * Writes the rows that `use` adds as JSONL into a folder, with a record of them; they have their names when `use` is done.
 * A record that says the same stays as it is, another one is gone before the rows are others. On failure nothing is left.
 * Throws `InputError` where the folder holds what others made, or what is read.
 */
export async function writeProcessed<T>(folder: string, of: ProcessedOf, use: (add: Add) => Promise<T>): Promise<T> {
  const path = `${folder}/${TEXTS_NAME}`;
  const createdAt = recordDate(); // before anything is made: it may be one that is not allowed
  checkPlace(folder, path, of);
  const topmost = makeFolder(folder);
  const lock = takeLock(`${folder}/${RECORD_NAME}`);
  let sink: Sink | undefined;
  try {
    sink = openSink(path, { partPath: `${path}.part`, checksum: true });
    const rows = createRowWriter(sink, of.idField);
    const result = await use(rows.add);
    await rows.flush();
    publish(await sink.finish(), `${folder}/${RECORD_NAME}`, recordOf(of, rows.count()), createdAt);
    return result;
  } catch (error) {
    await sink?.abort();
    throw error;
  } finally {
    lock.release();
    if (topmost !== undefined) removeEmptyFolders(folder, topmost);
  }
}

function checkPlace(folder: string, path: string, { input }: ProcessedOf): void {
  if (input.some((file) => absolutePath(file.path) === absolutePath(path)))
    throw new InputError(`${path} cannot be read and replaced at once: give another --root`);
  const record = readTextIfThere(`${folder}/${RECORD_NAME}`);
  if (record !== undefined && typeof fieldsIn(record)?.["preprocessing"] !== "string")
    throw new InputError(`${folder} holds what embed did not make: remove it, or give another --root`);
}

/** Writes rows in pieces of about a megabyte. */
function createRowWriter(sink: Sink, idField: string) {
  const utf8 = new TextEncoder();
  let [count, text] = [0, ""];
  const flush = async (): Promise<void> => {
    const bytes = utf8.encode(text);
    text = "";
    await sink.write({ bytes });
  };
  return {
    async add(documents: readonly Document[]): Promise<void> {
      for (const document of documents) {
        text += `${JSON.stringify(withId(document, idField))}\n`;
        count++;
        if (text.length >= UNITS_AT_ONCE) await flush();
      }
    },
    flush,
    count: () => count,
  };
}

/** The fields of a row, with the id that it would be embedded under where they do not tell it. */
function withId(document: Document, idField: string): Document["fields"] {
  const { fields } = document;
  const own = fields[idField];
  const id = idOf(document, idField);
  return own === id || typeof own === "number" ? fields : { ...fields, [idField]: id };
}

function recordOf({ raw, preprocessing, textField, idField, input }: ProcessedOf, rows: number) {
  return ({ bytes, sha256 }: FinishedFile, createdAt: string) => ({
    ...{ source: raw.source, dataset: raw.dataset, split: raw.split, revision: raw.revision },
    ...{ preprocessing, text_field: textField, id_field: idField, rows },
    input: input.map((file) => ({ name: splitPath(file.path).name, bytes: file.bytes })),
    ...{ files: [{ path: TEXTS_NAME, bytes, sha256 }], created_at: createdAt },
    tool: { package: PACKAGE_NAME, version: VERSION },
  });
}

/** Bytes that are there already are put there again, which heals a file that was damaged. */
function publish(file: FinishedFile, path: string, of: ReturnType<typeof recordOf>, createdAt: string): void {
  const there = readTextIfThere(path);
  const since = there === undefined ? undefined : fieldsIn(there)?.["created_at"];
  const textOf = (created: string) => `${JSON.stringify(of(file, created), null, 2)}\n`;
  if (there !== undefined && typeof since === "string" && textOf(since) === there) return file.publish();
  removeFile(path); // it is not of these rows
  try {
    file.publish();
    writeWhole(path, textOf(createdAt));
  } catch (error) {
    file.discard();
    throw error;
  }
}
