import { closeSync, createReadStream, openSync, readSync } from "node:fs";

const NEWLINE = 10;

/** How many lines a file has that ends with one. */
export async function countLines(path: string): Promise<number> {
  let lines = 0;
  for await (const bytes of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) lines++;
  }
  return lines;
}

/** The first line, of at most a MiB. */
export function firstLine(path: string): string {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(1 << 20);
    const length = readSync(file, bytes);
    return bytes.toString("utf8", 0, bytes.subarray(0, length).indexOf(NEWLINE));
  } finally {
    closeSync(file);
  }
}
