import assert from "node:assert/strict";
import { test } from "node:test";
import { formatBar } from "../../src/runtime/progress.ts";

test("a bar shows share, count, time gone and left, and rate", () => {
  assert.equal(
    formatBar("Generating data/10k", 4500, 10_000, "rows", 9),
    "Generating data/10k:  45%|███████████░░░░░░░░░░░░░| 4500/10000 [00:09<00:11, 500.0rows/s]",
  );
});

test("a bar at its beginning knows no rate, and hours are shown where there are any", () => {
  assert.match(formatBar("x", 0, 10, "rows", 0), /^x: {3}0%\|░{24}\| 0\/10 \[00:00<\?, 0.0rows\/s\]$/);
  assert.match(formatBar("x", 1, 3600, "rows", 1), /\[00:01<59:59, 1.0rows\/s\]$/);
  assert.match(formatBar("x", 1, 7201, "rows", 1), /\[00:01<2:00:00, 1.0rows\/s\]$/);
});

test("a rate has a decimal below 1000, and none from there on", () => {
  assert.match(formatBar("x", 999, 1000, "img", 1), /, 999\.0img\/s\]$/);
  assert.match(formatBar("x", 5432, 10_000, "img", 10), /, 543\.2img\/s\]$/);
  assert.match(formatBar("x", 1000, 10_000, "img", 1), /, 1000img\/s\]$/);
  assert.match(formatBar("x", 45_000, 100_000, "img", 1.25), /<00:02, 36000img\/s\]$/);
});
