import { InputError } from "../../data/errors.ts";
import type { Answer } from "../../runtime/get.ts";
import { codeOf } from "../../runtime/failure.ts";
import { onAbort } from "../../runtime/abort.ts";
import { retrying, TryAgain } from "../../runtime/retry.ts";
import { changeOf, versionOf } from "../../runtime/samefile.ts";
import { askOnce, headerOf } from "./ask.ts";
import { openPart, type Part, type PartVersion } from "./part.ts";
import { publish } from "./publish.ts";
import type { Explain, FileRecord, Net, RemoteFile } from "./remote.ts";

export interface TransferOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly explain: Explain;
  readonly net: Net;
  /** Told how many bytes of the file are there; it may become fewer. */
  readonly onProgress: (bytes: number) => void;
}

const CHANGED = "the file on the server has changed meanwhile";

/**
 * Brings a file to `path`, from where an earlier run came to; it has its name when its length and checksums are what source
 * and server say. What came is kept for another run when the server or the disk fails.
 */
export async function transfer(file: RemoteFile, path: string, options: TransferOptions): Promise<FileRecord> {
  for (let isLast = false; ; isLast = true) {
    const part = await openPart(
      `${path}.part`,
      { url: file.url, kinds: [file.sum?.kind ?? "md5"], bytes: file.bytes },
      options.net.retry.signal,
    );
    const resumedAt = part.byteLength;
    options.onProgress(resumedAt);
    let fault: string | undefined;
    try {
      await fetchAll(file, part, options);
      fault = faultOf(file, part);
      if (fault === undefined) return await publish(file, part, path, options.net.retry.signal);
    } catch (error) {
      await part.close().catch(() => {}); // the disk that failed once may fail again
      throw toldWhatIsKept(error, file, part);
    }
    part.remove();
    // Bytes of an earlier run may be the wrong ones: once more, from the first.
    if (resumedAt === 0 || isLast) throw new Error(`Cannot download ${file.path}: ${fault}; it was not kept`);
  }
}

/** The error with what became of the bytes, where it is the server's or the disk's. */
function toldWhatIsKept(error: unknown, { path }: RemoteFile, { notedBytes }: Part): unknown {
  const kept = notedBytes > 0 ? "; what came is kept: run again to go on" : "";
  if (error instanceof TryAgain) return new Error(`Cannot download ${path}: ${error.message}${kept}`, { cause: error });
  const isDisk = error instanceof Error && codeOf(error.cause) === "ENOSPC";
  return isDisk ? new Error(error.message + (kept || "; what came was removed"), { cause: error }) : error;
}

async function fetchAll(file: RemoteFile, part: Part, options: TransferOptions): Promise<void> {
  let reached = part.byteLength;
  /** True when all is there; a connection that is lost after new bytes costs none of the attempts. */
  const attempt = async (): Promise<boolean> => {
    if (part.version?.byteLength !== undefined && part.byteLength === part.version.byteLength) return true;
    const { answer, skip } = await answerFor(file, part, options);
    const isWhole = await read(answer, skip, part, options);
    const isFurther = part.byteLength > reached;
    reached = Math.max(reached, part.byteLength);
    if (!isWhole && !isFurther) throw new TryAgain("the connection was lost");
    return isWhole;
  };
  let isWhole = false;
  while (!isWhole) isWhole = await retrying(options.net.retry, attempt);
}

/** Asks for what is missing; `skip` of the answer's bytes are there already. */
async function answerFor(
  { from, url, bytes, mayBeWrapped = false }: RemoteFile,
  part: Part,
  { headers, explain, net }: TransferOptions,
): Promise<{ answer: Answer; skip: number }> {
  const { version, byteLength: have } = part;
  const condition = version && (version.etag?.startsWith('"') ? version.etag : version.modified);
  const resumes = have > 0 && condition !== undefined;
  const range: Record<string, string> = resumes ? { range: `bytes=${have}-`, "if-range": condition } : {};
  const question = { url: from as URL, headers: { ...headers, ...range }, explain, signal: net.retry.signal };
  const answer = await askOnce({ ...question, wasThere: have > 0 });
  try {
    const now: PartVersion = { ...versionOf(answer), md5: md5Of(answer) };
    if (answer.headers["content-encoding"] !== undefined && answer.headers["content-encoding"] !== "identity")
      throw new InputError(`Cannot read ${url}: the server compresses it although it was asked not to`);
    const change = resumes ? changeOf(version!, answer, answer.statusCode === 206 ? have : undefined) : CHANGED;
    if (change === undefined && answer.statusCode !== 416)
      return { answer, skip: answer.statusCode === 200 ? have : 0 };
    if (answer.statusCode !== 200) {
      part.begin({ etag: undefined, modified: undefined, byteLength: undefined, md5: undefined });
      throw new TryAgain(change ?? CHANGED);
    }
    const { byteLength } = now;
    if (bytes !== undefined && byteLength !== undefined && bytes !== byteLength && !mayBeWrapped)
      throw new Error(`Cannot download ${url}: ${byteLength} bytes, expected ${bytes}`);
    part.begin(now);
    return { answer, skip: 0 };
  } catch (error) {
    answer.destroy();
    throw error;
  }
}

/** Appends what is new; false where the connection was lost before the end. */
async function read(answer: Answer, skip: number, part: Part, { net, onProgress }: TransferOptions): Promise<boolean> {
  const { signal } = net.retry;
  const release = onAbort(signal, () => answer.destroy());
  let failure: unknown;
  const append = async (bytes: Uint8Array): Promise<void> => {
    try {
      await part.append(bytes);
    } catch (error) {
      failure = error;
      throw error;
    }
  };
  try {
    for await (const piece of answer as AsyncIterable<Uint8Array>) {
      signal?.throwIfAborted();
      const bytes = piece.subarray(Math.min(skip, piece.length));
      skip -= piece.length - bytes.length;
      if (bytes.length === 0) continue;
      await append(bytes);
      onProgress(part.byteLength);
    }
  } catch {
    if (failure !== undefined) throw failure;
  } finally {
    release();
    answer.destroy();
  }
  signal?.throwIfAborted();
  const total = part.version?.byteLength;
  return skip <= 0 && answer.complete && (total === undefined || part.byteLength >= total);
}

/** What is wrong with the bytes, if anything is. */
function faultOf({ bytes, sum, mayBeWrapped = false }: RemoteFile, part: Part): string | undefined {
  const { byteLength: total, md5 } = part.version ?? {};
  const expected = total ?? (mayBeWrapped ? undefined : bytes);
  if (expected !== undefined && part.byteLength !== expected)
    return `${part.byteLength} bytes came, expected ${expected}`;
  const expectedSum = sum ?? (md5 === undefined ? undefined : ({ kind: "md5", value: md5 } as const));
  if (expectedSum === undefined || part.digest(expectedSum.kind) === expectedSum.value) return undefined;
  return `its checksum is ${part.digest(expectedSum.kind)}, expected ${expectedSum.value}`;
}

/** Hexadecimal, of `x-goog-hash: crc32c=...,md5=...` (which is of the whole file in answers of a part too). */
function md5Of(answer: Answer): string | undefined {
  const text = /\bmd5=([A-Za-z0-9+/]{22}==)/.exec(headerOf(answer, "x-goog-hash") ?? "")?.[1];
  return text && Array.from(atob(text), (char) => char.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}
