import { createChecksums, type ChecksumKind, type Checksums } from "../../runtime/checksums.ts";
import { fileLength, openFile, removeFile } from "../../runtime/files.ts";
import { openJournal, readJournal, type Journal } from "../../runtime/journal.ts";
import { openPartFile } from "../../runtime/partfile.ts";
import type { Version } from "../../runtime/samefile.ts";
import { elapsedMs } from "../../runtime/system.ts";
import { fieldsIn, isCount, type Fields } from "../../data/fields.ts";

/** What a server says of a file, with the MD5 that Google's storage tells. */
export interface PartVersion extends Version {
  readonly md5: string | undefined;
}

/** A file that comes in pieces, maybe in several runs: each goes on from where the bytes are known to be right. */
export interface Part {
  /** Of what is there; undefined where nothing is. */
  readonly version: PartVersion | undefined;
  readonly byteLength: number;
  /** How many of them another run can go on from. */
  readonly notedBytes: number;
  /** Forgets what is there: from now on it is of this version. */
  begin(version: PartVersion): void;
  append(bytes: Uint8Array): Promise<void>;
  digest(kind: ChecksumKind): string;
  /** Resolves when the bytes outlive a crash of the machine. */
  sync(): Promise<void>;
  /** The same, and lets go of the file: it is complete. */
  seal(): Promise<void>;
  /** Keeps what is noted, or can be, for another run; nothing where that is nothing. Does nothing to what is sealed or removed. */
  close(): Promise<void>;
  remove(): void;
}

const SYNC_BYTES = 16 << 20;
const SYNC_MS = 500;
const READ_BYTES = 1 << 22;

/**
 * Opens the unfinished file at `path`. A journal beside it tells of what URL and version it is, and at some lengths its
 * SHA-256: what is there is read again up to the last of these, and where it is not what was written, forgotten.
 */
export async function openPart(
  path: string,
  { url, kinds, bytes }: { url: string; kinds: readonly ChecksumKind[]; bytes: number | undefined },
  signal?: AbortSignal,
): Promise<Part> {
  const journalPath = `${path}.jsonl`;
  let sums = createChecksums(kinds, bytes);
  let version = await goodVersion();
  if (version === undefined) removeFile(journalPath);
  const file = openPartFile(path);
  let journal: Journal | undefined = version && openJournal(journalPath);
  let noted = { at: file.byteLength, ms: elapsedMs() };

  /** Reads what an earlier run left, and cuts what it had not noted; undefined where nothing can be relied on. */
  async function goodVersion(): Promise<PartVersion | undefined> {
    const { head, marks } = await readMarks(journalPath);
    const length = fileLength(path);
    const mark = length === undefined ? undefined : marks.findLast(({ at }) => at <= length);
    const { url: of, etag, modified, total, md5 } = head ?? {};
    if (of === url && mark && mark.at > 0) {
      await hashFile(path, mark.at, sums, signal);
      if (sums.digest("sha256") === mark.sha256) {
        cutFile(path, mark.at);
        return { etag: textOr(etag), modified: textOr(modified), byteLength: numberOr(total), md5: textOr(md5) };
      }
      sums = createChecksums(kinds, bytes);
    }
    if (length !== undefined) cutFile(path, 0);
    return undefined;
  }
  const sync = async (): Promise<void> => {
    if (noted.at === file.byteLength) return;
    await file.sync();
    journal?.append([JSON.stringify({ at: file.byteLength, sha256: sums.digest("sha256") })]);
    noted = { at: file.byteLength, ms: elapsedMs() };
  };
  let isOpen = true;
  const letGo = (): void => {
    isOpen = false;
    file.close();
    journal?.close();
  };
  const remove = (): void => {
    letGo();
    removeFile(path);
    removeFile(journalPath);
  };
  return {
    get version() {
      return version;
    },
    get byteLength() {
      return file.byteLength;
    },
    get notedBytes() {
      return noted.at;
    },
    begin(now) {
      journal?.close();
      file.cut(0);
      removeFile(journalPath);
      sums = createChecksums(kinds, bytes);
      version = now;
      noted = { at: 0, ms: elapsedMs() };
      journal = openJournal(journalPath);
      const { etag, modified, byteLength, md5 } = now;
      journal.append([JSON.stringify({ url, etag, modified, total: byteLength, md5 })]);
    },
    async append(piece) {
      await file.append(piece);
      sums.update(piece); // not of what the disk refused
      if (file.byteLength - noted.at >= SYNC_BYTES || elapsedMs() - noted.ms >= SYNC_MS) await sync();
    },
    digest: (kind) => sums.digest(kind),
    sync,
    async seal() {
      await sync();
      letGo();
    },
    async close() {
      if (!isOpen) return;
      try {
        await sync();
      } finally {
        if (noted.at > 0) letGo();
        else remove();
      }
    },
    remove,
  };
}

interface Mark {
  readonly at: number;
  readonly sha256: string;
}

async function readMarks(path: string): Promise<{ head: Fields | undefined; marks: Mark[] }> {
  const marks: Mark[] = [];
  let head: Fields | undefined;
  await readJournal(path, (line, number) => {
    const entry = fieldsIn(line);
    const { at, sha256 } = entry ?? {};
    if (number === 1) head = entry;
    else if (isCount(at) && typeof sha256 === "string") marks.push({ at, sha256 });
  });
  return { head, marks };
}

async function hashFile(path: string, end: number, sums: Checksums, signal?: AbortSignal): Promise<void> {
  const file = await openFile(path);
  try {
    for (let at = 0; at < end; at += READ_BYTES) {
      signal?.throwIfAborted();
      sums.update(await file.read(at, Math.min(READ_BYTES, end - at)));
    }
  } finally {
    await file.close();
  }
}

function cutFile(path: string, byteLength: number): void {
  const file = openPartFile(path);
  try {
    file.cut(byteLength);
  } finally {
    file.close();
  }
}

function textOr(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function numberOr(value: unknown): number | undefined {
  return isCount(value) ? value : undefined;
}
