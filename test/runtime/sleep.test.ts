import assert from "node:assert/strict";
import { test } from "node:test";
import { sleep } from "../../src/runtime/sleep.ts";
import { soon } from "../support/soon.ts";

test("many waits end at one abort", async () => {
  const controller = new AbortController();
  const waits = Promise.allSettled(Array.from({ length: 100 }, () => sleep(60_000, controller.signal)));
  const reason = new Error("enough");
  controller.abort(reason);
  for (const each of await soon(waits, 1000)) assert.equal(each.status === "rejected" && each.reason, reason);
  await assert.rejects(sleep(1, controller.signal), reason);
});
