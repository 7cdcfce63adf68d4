import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { attempt, describeFailure } from "./failure.ts";

/** What was written. */
export interface WrittenFile {
  readonly bytes: number;
  /** Lower-case hexadecimal; null when checksums are off. */
  readonly sha256: string | null;
}

/** A file that is complete but still under its `.part` name. */
export interface FinishedFile extends WrittenFile {
  /** Gives it its final name, replacing an older file. */
  publish(): void;
  /** Deletes it, under whichever name it has. Never throws. */
  discard(): void;
}

/** Bytes to write; for a folder, also which files they are. */
interface WrittenPart {
  readonly bytes: Uint8Array;
  readonly files?: readonly { readonly path: string; readonly length: number }[];
}

/**
 * One output file, written from front to back under a name of its own. Bytes are hashed while the operating system
 * copies them, one write at a time.
 */
export interface Sink {
  /** Queues the bytes; resolves when they may be reused. Rejects when the disk refuses them. */
  write(part: WrittenPart): Promise<void>;
  /** Waits for all writes and closes the file. Rejects when one failed, or when somebody replaced the file meanwhile. */
  finish(): Promise<FinishedFile>;
  /** Closes and deletes what was written. Never rejects. */
  abort(): Promise<void>;
}

export interface SinkOptions {
  /** The name until the file is complete. */
  readonly partPath: string;
  readonly checksum: boolean;
}

/** Opens the file `path` under the name `partPath`, replacing a left-over. */
export function openSink(path: string, { partPath, checksum }: SinkOptions): Sink {
  const hash = checksum ? createHash("sha256") : undefined;
  const fd = attempt(`create ${partPath}`, () => fs.openSync(partPath, "w"));
  const { ino } = fs.fstatSync(fd);
  /** Whether the name still stands for the file that was opened: another run may have replaced it. */
  const isOurs = (name: string) => fs.statSync(name, { throwIfNoEntry: false })?.ino === ino;
  const removeOurs = (name: string) => {
    try {
      if (isOurs(name)) fs.rmSync(name, { force: true });
    } catch {
      // The run has failed already; the next one replaces what is left.
    }
  };
  let bytes = 0;
  let pending = 0;
  let queue = Promise.resolve();
  let failure: Error | undefined;
  const fail = (error: Error) => {
    throw (failure ??= error);
  };
  let closed = false;
  const close = () => {
    if (!closed) fs.closeSync(fd);
    closed = true;
  };
  return {
    write({ bytes: chunk }) {
      bytes += chunk.byteLength;
      const start = () => (failure ? Promise.reject(failure) : writeFully(fd, chunk, partPath).catch(fail));
      // An idle file starts at once, so that the system copies while this thread hashes.
      const written = (pending++ === 0 ? start() : queue.then(start)).finally(() => pending--);
      queue = written;
      queue.catch(() => {}); // reported to whoever waits for `written` or for the end
      hash?.update(chunk);
      return written;
    },
    async finish() {
      await queue;
      if (failure) throw failure; // although later writes may have succeeded
      attempt(`close ${partPath}`, close);
      if (!isOurs(partPath)) throw new Error(`Cannot finish ${path}: another run writes to the same folder`);
      return {
        bytes,
        sha256: hash ? hash.digest("hex") : null,
        publish: () => attempt(`rename ${partPath}`, () => fs.renameSync(partPath, path)),
        discard: () => [partPath, path].forEach(removeOurs),
      };
    },
    async abort() {
      await queue.catch(() => {});
      if (!closed) attempt(`close ${partPath}`, close);
      removeOurs(partPath);
    },
  };
}

function writeFully(fd: number, bytes: Uint8Array, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const writeFrom = (done: number) => {
      fs.write(fd, bytes, done, bytes.byteLength - done, null, (error, written) => {
        if (error) reject(describeFailure(`write ${path}`, error));
        else if (done + written < bytes.byteLength) writeFrom(done + written);
        else resolve();
      });
    };
    writeFrom(0);
  });
}
