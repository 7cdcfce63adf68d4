import assert from "node:assert/strict";
import { test } from "node:test";
import { retryAfterMs, retrying, TryAgain } from "../../src/runtime/retry.ts";
import { soon } from "../support/soon.ts";

const limits = { tries: 4, baseMs: 8, maxMs: 16, patienceMs: 1000 };

test("waits double up to their bound, each between half and all of it", async () => {
  const waits: number[] = [];
  let tried = 0;
  const fails = async () => {
    tried++;
    throw new TryAgain("no");
  };
  await assert.rejects(retrying({ ...limits, tries: 6, onRetry: (ms) => waits.push(ms) }, fails), TryAgain);
  assert.equal(tried, 6);
  for (const [i, bound] of [8, 16, 16, 16, 16].entries()) assert.ok(waits[i]! >= bound / 2 && waits[i]! <= bound);
  assert.equal(waits.length, 5);
});

test("only TryAgain is tried again, and the first success ends it", async () => {
  let tried = 0;
  const other = async () => {
    tried++;
    throw new Error("other");
  };
  await assert.rejects(retrying(limits, other), /other/);
  assert.equal(tried, 1);
  let left = 2;
  const third = async () => {
    if (left-- > 0) throw new TryAgain("no", { afterMs: 0 });
    return "yes";
  };
  assert.equal(await retrying(limits, third), "yes");
});

test("a wait beyond the patience is not begun", async () => {
  const fails = () => Promise.reject(new TryAgain("no", { afterMs: 1001 }));
  await assert.rejects(soon(retrying(limits, fails), 500), /no/);
});

test("Retry-After in seconds, as a date, and as nonsense", () => {
  assert.equal(retryAfterMs("120"), 120_000);
  assert.equal(retryAfterMs(" 0 "), 0);
  const inAMinute = retryAfterMs(new Date(Date.now() + 60_000).toUTCString())!;
  assert.ok(inAMinute > 58_000 && inAMinute <= 60_000);
  assert.equal(retryAfterMs("Fri, 31 Dec 1999 23:59:59 GMT"), 0);
  for (const header of [undefined, "", "soon"]) assert.equal(retryAfterMs(header), undefined);
});
