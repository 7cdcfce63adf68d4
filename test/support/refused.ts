import assert from "node:assert/strict";
import type { CliResult } from "./cli.ts";

/** Asserts that it was refused in one line, with nothing on standard output. */
export function assertRefused({ code, stdout, stderr }: CliResult, says: RegExp): void {
  assert.deepEqual([code, stdout], [2, ""], `${String(says)} ${stderr}`);
  assert.match(stderr, new RegExp(`^seedbed: [^\\n]*${says.source}[^\\n]*\\n$`));
  assert.doesNotMatch(stderr, /sk-nothing/);
}
