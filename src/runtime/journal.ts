import * as fs from "node:fs";
import { attempt, codeOf, describeFailure } from "./failure.ts";

/** A text file that grows by whole lines and outlives a crash of the program. */
export interface Journal {
  /** Appends lines, without their newlines. Throws when somebody else wrote to the file meanwhile. */
  append(lines: readonly string[]): void;
  /** Returns when the lines are on the disk, where they outlive a crash of the machine too. */
  sync(): void;
  close(): void;
}

const READ_BYTES = 1 << 20;
const NEWLINE = 10;

/**
 * Tells the whole lines of a file, numbered from 1, in memory that is bounded by one of them. Resolves with what comes after
 * the last newline, which a crash cut short; with undefined where there is no file.
 */
export async function readJournal(
  path: string,
  onLine: (line: string, number: number) => void,
): Promise<string | undefined> {
  let rest = "";
  let number = 0;
  const read = async () => {
    for await (const chunk of fs.createReadStream(path, { encoding: "utf8", highWaterMark: READ_BYTES })) {
      const lines = (rest + (chunk as string)).split("\n");
      rest = lines.pop()!;
      for (const line of lines) onLine(line, ++number);
    }
  };
  try {
    await read();
    return rest;
  } catch (error) {
    if (codeOf(error) === undefined) throw error; // of `onLine`
    if (codeOf(error) === "ENOENT") return undefined;
    throw describeFailure(`read ${path}`, error);
  }
}

/** Opens a file for appending, after its last whole line; makes it where there is none. */
export function openJournal(path: string): Journal {
  const fd = attempt(`open ${path}`, () => fs.openSync(path, "a+"));
  let size = attempt(`open ${path}`, () => cutLastLine(fd));
  let isOpen = true;
  return {
    append(lines) {
      const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
      attempt(`write ${path}`, () => {
        if (fs.fstatSync(fd).size !== size) throw new Error("another run writes to it");
        size += bytes.length; // at once: what was written in part is cut by the next run
        fs.writeFileSync(fd, bytes);
      });
    },
    sync: () => attempt(`write ${path}`, () => fs.fsyncSync(fd)),
    close() {
      if (isOpen) fs.closeSync(fd);
      isOpen = false;
    },
  };
}

/** Cuts what a crash left after the last newline; returns the bytes that remain. */
function cutLastLine(fd: number): number {
  const { size } = fs.fstatSync(fd);
  const length = wholeLength(fd, size);
  if (length < size) fs.ftruncateSync(fd, length);
  return length;
}

/** The bytes up to the last newline. */
function wholeLength(fd: number, size: number): number {
  const bytes = new Uint8Array(Math.min(size, READ_BYTES));
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - READ_BYTES);
    fs.readSync(fd, bytes, 0, end - start, start);
    const last = bytes.subarray(0, end - start).lastIndexOf(NEWLINE);
    if (last >= 0) return start + last + 1;
    end = start;
  }
  return 0;
}
