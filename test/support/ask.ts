import assert from "node:assert/strict";
import { runPython } from "./python.ts";

/** What a Python program prints as JSON; fails with the last line of its error. */
export function askPython<T>(script: string, ...args: string[]): T {
  const result = runPython(script, args);
  assert.ok(result.ok, result.ok ? "" : result.reason);
  return JSON.parse(result.stdout) as T;
}
