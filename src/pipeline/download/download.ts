import { InputError } from "../../data/errors.ts";
import { makeFolder, removeEmptyFolders, removeFile, splitPath, isThere } from "../../runtime/files.ts";
import { copyFile } from "./copyfile.ts";
import { changedOriginals } from "./localfiles.ts";
import { openLedger, readLedger } from "./ledger.ts";
import {
  checkIdentity,
  identityOf,
  isRight,
  readRecord,
  writeRecord,
  type DatasetIdentity,
  type DatasetRecord,
} from "./record.ts";
import type { Asked, FileRecord, Listing, Net } from "./remote.ts";
import { listFiles, namesOf } from "./sources.ts";
import { transfer } from "./transfer.ts";

/** A dataset that is there, all of it. */
export interface ThereAlready {
  readonly kind: "there";
  readonly folder: string;
  readonly record: DatasetRecord;
}

/** What is to be loaded. */
export interface LoadPlan {
  readonly kind: "load";
  readonly folder: string;
  readonly identity: DatasetIdentity;
  readonly listing: Listing;
  /** Files of an earlier run that are right. */
  readonly kept: readonly FileRecord[];
  /** Files of an earlier run that are wrong or missing. */
  readonly damaged: number;
  /** Whether the earlier run came to its end. */
  readonly hadRecord: boolean;
  /** Whether everything is loaded anew. */
  readonly isNew: boolean;
  /** Files of earlier runs that are removed then. */
  readonly old: readonly string[];
}

/** Looks at what is there, and asks the source where that is not everything; `onBytes` is told what was hashed. */
export async function planDownload(
  asked: Asked,
  folder: string,
  { force, net, onBytes }: { force: boolean; net: Net; onBytes: (count: number) => void },
): Promise<ThereAlready | LoadPlan> {
  const identity = identityOf(asked, namesOf(asked));
  const record = force ? undefined : readRecord(folder);
  const ledger = force || record ? undefined : await readLedger(folder);
  const found = record ?? ledger?.head;
  if (found) checkIdentity(folder, found, identity, asked.revision);
  const earlier = record?.files ?? ledger?.files ?? [];
  const changed =
    asked.source === "file" ? await changedOriginals(asked, folder, earlier, onBytes, net.retry.signal) : [];
  if (record && changed.length > 0)
    throw new InputError(`${changed[0]} is not what was copied to ${folder}: give --force to copy it anew`);
  const kept: FileRecord[] = [];
  for (const file of earlier.filter(({ url }) => !changed.includes(url)))
    if (await isRight(`${folder}/${file.path}`, file, onBytes, net.retry.signal)) kept.push(file);
  if (record && kept.length === earlier.length) return { kind: "there", folder, record };
  const listing = await listFiles(asked, found?.revision ?? undefined, net, folder);
  const paths = new Set(listing.files.map(({ path }) => path));
  const old = force ? await filesOfEarlier(folder) : [];
  return {
    ...{ kind: "load", folder, identity, listing, isNew: force, old, hadRecord: record !== undefined },
    kept: kept.filter(({ path }) => paths.has(path)),
    damaged: earlier.length - kept.length,
  };
}

/** The files that whatever is in a folder says to be its own. */
async function filesOfEarlier(folder: string): Promise<string[]> {
  let record: DatasetRecord | undefined;
  try {
    record = readRecord(folder);
  } catch (error) {
    if (!(error instanceof InputError)) throw error; // it is replaced
  }
  return [...(record?.files ?? []), ...((await readLedger(folder))?.files ?? [])].map(({ path }) => path);
}

export interface DownloadOptions {
  readonly net: Net;
  readonly concurrent: number;
  /** Told how many bytes of the files that are loaded are there. */
  readonly onProgress: (bytes: number) => void;
}

/** Loads what is missing, a few files at a time, and writes the record when all are right. */
export async function runDownload(plan: LoadPlan, options: DownloadOptions): Promise<DatasetRecord> {
  const { folder, identity, listing, isNew } = plan;
  const topmost = makeFolder(folder);
  const done = new Map(plan.kept.map((file) => [file.path, file]));
  const ledger = await openLedger(folder, { ...identity, revision: listing.revision }, plan);
  try {
    if (isNew) forget(plan);
    await loadAll(plan, options, (file) => {
      done.set(file.path, file);
      ledger.note([file]);
    });
    const files = listing.files.map(({ path }) => done.get(path)!);
    const record = writeRecord(folder, identity, listing.revision, files);
    ledger.remove();
    return record;
  } catch (error) {
    const isKept = done.size > 0 || listing.files.some(({ path }) => isThere(`${folder}/${path}.part`));
    if (isKept) ledger.close();
    else {
      ledger.remove();
      removeEmpty(plan, topmost);
    }
    throw error;
  }
}

/** Removes the folders that were made for nothing. */
function removeEmpty({ folder, listing }: LoadPlan, topmost: string | undefined): void {
  for (const { path } of listing.files) {
    const [first] = path.split("/");
    if (first !== path) removeEmptyFolders(splitPath(`${folder}/${path}`).folder, `${folder}/${first}`);
  }
  if (topmost !== undefined) removeEmptyFolders(folder, topmost);
}

/** Removes what earlier runs loaded. */
function forget({ folder, listing, old }: LoadPlan): void {
  for (const path of [...old, ...listing.files.map((file) => file.path)]) {
    for (const ending of ["", ".part", ".part.jsonl"]) removeFile(`${folder}/${path}${ending}`);
  }
}

/** Loads the files that are not kept; the first that fails ends the others. */
async function loadAll(
  { folder, listing, kept }: LoadPlan,
  { net, concurrent, onProgress }: DownloadOptions,
  onFile: (file: FileRecord) => void,
): Promise<void> {
  const keptPaths = new Set(kept.map(({ path }) => path));
  const queue = listing.files.filter(({ path }) => !keptPaths.has(path));
  const failed = new AbortController();
  const signals = [failed.signal, ...(net.retry.signal ? [net.retry.signal] : [])];
  const signal = AbortSignal.any(signals);
  const ownNet = { ...net, retry: { ...net.retry, signal } };
  const bytesOf = new Map<string, number>();
  let sum = 0;
  let next = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < queue.length; at = next++) {
      signal.throwIfAborted();
      const file = queue[at]!;
      const path = `${folder}/${file.path}`;
      makeFolder(splitPath(path).folder);
      const tell = (bytes: number): void => {
        sum += bytes - (bytesOf.get(file.path) ?? 0);
        bytesOf.set(file.path, bytes);
        onProgress(sum);
      };
      onFile(
        typeof file.from === "string"
          ? await copyFile(file, path, tell, signal)
          : await transfer(file, path, { ...listing, net: ownNet, onProgress: tell }),
      );
    }
  };
  const workers = Array.from({ length: Math.min(concurrent, queue.length) }, () =>
    work().catch((error: unknown) => {
      if (!failed.signal.aborted) failed.abort(error);
      throw error;
    }),
  );
  const outcomes = await Promise.allSettled(workers);
  if (failed.signal.aborted) throw failed.signal.reason;
  const rejected = outcomes.find((outcome) => outcome.status === "rejected");
  if (rejected) throw rejected.reason;
}
