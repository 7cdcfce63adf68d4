import * as fs from "node:fs";
import { attempt, codeOf, describeFailure } from "./failure.ts";

/** A text file that grows by whole lines and outlives a crash. */
export interface Journal {
  /** Appends lines, without their newlines; they are on the disk when this returns. */
  append(lines: readonly string[]): void;
  close(): void;
}

/** The whole lines of a file, without a last one that a crash cut short; undefined where there is no file. */
export function readJournal(path: string): string[] | undefined {
  try {
    const lines = fs.readFileSync(path, "utf8").split("\n");
    lines.pop(); // empty, or cut short
    return lines;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw describeFailure(`read ${path}`, error);
  }
}

/** The same one after the other, in bounded memory; none where there is no file. */
export async function* readJournalLines(path: string): AsyncGenerator<string> {
  if (!fs.existsSync(path)) return;
  let rest = "";
  for await (const chunk of fs.createReadStream(path, { encoding: "utf8", highWaterMark: 1 << 20 })) {
    const lines = (rest + (chunk as string)).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}

/** Opens a file for appending, after its last whole line; makes it where there is none. */
export function openJournal(path: string): Journal {
  const fd = attempt(`open ${path}`, () => fs.openSync(path, "a+"));
  attempt(`open ${path}`, () => cutLastLine(fd));
  let isOpen = true;
  return {
    append(lines) {
      attempt(`write ${path}`, () => {
        fs.writeFileSync(fd, lines.map((line) => `${line}\n`).join(""));
        fs.fsyncSync(fd);
      });
    },
    close() {
      if (isOpen) fs.closeSync(fd);
      isOpen = false;
    },
  };
}

const NEWLINE = 10;
const READ_BYTES = 1 << 16;

/** Cuts what a crash left after the last newline. */
function cutLastLine(fd: number): void {
  const { size } = fs.fstatSync(fd);
  const bytes = new Uint8Array(READ_BYTES);
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - READ_BYTES);
    fs.readSync(fd, bytes, 0, end - start, start);
    const last = bytes.subarray(0, end - start).lastIndexOf(NEWLINE);
    if (last >= 0) {
      if (start + last + 1 < size) fs.ftruncateSync(fd, start + last + 1);
      return;
    }
    end = start;
  }
  if (size > 0) fs.ftruncateSync(fd, 0);
}
