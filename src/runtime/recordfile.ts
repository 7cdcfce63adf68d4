import * as fs from "node:fs";
import { attempt, codeOf } from "./failure.ts";

/** A file of records of one length that grows, and outlives a crash of the program record by record. */
export interface RecordFile {
  /** How many whole records it has. */
  readonly count: number;
  /** Appends whole records; none of them where it throws. */
  append(records: Uint8Array): void;
  /** Fills `out` with the bytes of record `at` from `offset` on. */
  readInto(at: number, offset: number, out: Uint8Array): void;
  close(): void;
  /** Closes and deletes it. */
  remove(): void;
}

/** Opens a file of records of `length` bytes after its last whole one; makes it where there is none. */
export function openRecordFile(path: string, length: number): RecordFile {
  const fd = attempt(`open ${path}`, () => fs.openSync(path, "a+"));
  let count = 0;
  try {
    count = attempt(`open ${path}`, () => Math.floor(fs.fstatSync(fd).size / length));
    attempt(`open ${path}`, () => fs.ftruncateSync(fd, count * length)); // what a crash left of one
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
  let isOpen = true;
  const close = (): void => {
    if (isOpen) fs.closeSync(fd);
    isOpen = false;
  };
  return {
    get count() {
      return count;
    },
    append(records) {
      attempt(`write ${path}`, () => {
        try {
          for (let done = 0; done < records.length;) done += fs.writeSync(fd, records, done);
        } catch (error) {
          fs.ftruncateSync(fd, count * length); // a part of a record would shift all that come after it
          throw error;
        }
      });
      count += records.length / length;
    },
    readInto(at, offset, out) {
      attempt(`read ${path}`, () => {
        for (let done = 0; done < out.length;) {
          const read = fs.readSync(fd, out, done, out.length - done, at * length + offset + done);
          if (read === 0) throw new Error("it ends too early");
          done += read;
        }
      });
    },
    close,
    remove() {
      close();
      attempt(`remove ${path}`, () => {
        try {
          fs.rmSync(path);
        } catch (error) {
          if (codeOf(error) !== "ENOENT") throw error;
        }
      });
    },
  };
}
