import assert from "node:assert/strict";
import { test } from "node:test";
import { formatBar } from "../../src/runtime/progress.ts";

test("a bar shows share, count, time gone and left, and rate", () => {
  assert.equal(
    formatBar("Generating data/10k", 4500, 10_000, "rows", 9),
    "Generating data/10k:  45%|███████████░░░░░░░░░░░░░| 4500/10000 [00:09<00:11, 500 rows/s]",
  );
});

test("a bar at its beginning knows no rate, and hours are shown where there are any", () => {
  assert.match(formatBar("x", 0, 10, "rows", 0), /^x: {3}0%\|░{24}\| 0\/10 \[00:00<\?, 0 rows\/s\]$/);
  assert.match(formatBar("x", 1, 3600, "rows", 1), /\[00:01<59:59, 1 rows\/s\]$/);
  assert.match(formatBar("x", 1, 7201, "rows", 1), /\[00:01<2:00:00, 1 rows\/s\]$/);
});
