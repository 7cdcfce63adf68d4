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

test("a total that is unknown is not shown; a share of the work then fills the bar", () => {
  assert.equal(formatBar("Articles", 123, undefined, "", 60), "Articles: 123 [01:00, 2.0/s]");
  assert.equal(
    formatBar("Articles", 120, undefined, "", 60, { share: 0.25 }),
    "Articles:  25%|██████░░░░░░░░░░░░░░░░░░| 120 [01:00<03:00, 2.0/s]",
  );
});

test("a share beside a total counts, and more than all is all", () => {
  assert.equal(
    formatBar("Articles", 120, 1000, "", 60, { share: 0.5 }),
    "Articles:  50%|████████████░░░░░░░░░░░░| 120/1000 [01:00<01:00, 2.0/s]",
  );
  assert.match(formatBar("x", 11, 10, "rows", 1), /^x: 100%\|█{24}\| 11\/10 \[00:01<00:00, /);
});

test("a note follows the rate", () => {
  assert.equal(
    formatBar("Ingesting memories", 45_000, 90_000, "mem", 9, { note: "errors=3, retries=12" }),
    "Ingesting memories:  50%|████████████░░░░░░░░░░░░| 45000/90000 [00:09<00:09, 5000mem/s, errors=3, retries=12]",
  );
});

test("what was done before counts for the share, not for the rate nor for the time left", () => {
  assert.match(
    formatBar("x", 600, 1000, "rows", 10, { from: 500 }),
    /^x: {2}60%.* 600\/1000 \[00:10<00:40, 10\.0rows\/s\]$/,
  );
  assert.match(formatBar("x", 500, 1000, "rows", 10, { from: 500 }), /\[00:10<\?, 0\.0rows\/s\]$/);
});

test("a bar is shortened to fit the terminal, or left out", () => {
  const line = (columns: number) => formatBar("Loading", 50, 100, "rows", 1, { columns });
  assert.deepEqual([line(200).length, line(70).length, line(60).length], [72, 69, 59]);
  assert.match(line(53), /50%\|██░░\|/);
  assert.equal(line(52), "Loading:  50% 50/100 [00:01<00:01, 50.0rows/s]");
});
