import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import test from "node:test";
import { decodeBase64Into } from "../../src/runtime/base64.ts";
import { TimedOut, within } from "../../src/runtime/timeout.ts";
import { soon } from "../support/soon.ts";

const never = () => new Promise<never>(() => {});

test("what is done in time is given back, or thrown as it is", async () => {
  assert.equal(await within(1000, undefined, async () => 7), 7);
  const own = new Error("own");
  await assert.rejects(
    within(1000, undefined, () => Promise.reject(own)),
    (error) => error === own,
  );
});

test("what takes longer is ended, whether it listens or not", async () => {
  let told: unknown;
  const listening = within(20, undefined, (signal) => {
    return new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => {
        told = signal.reason;
        reject(new Error("in other words"));
      });
    });
  });
  await assert.rejects(soon(listening, 1000), (error) => error instanceof TimedOut && error === told);
  await assert.rejects(soon(within(20, undefined, never), 1000), /^TimedOut: no answer within 0\.02 s$/);
});

test("an abort from outside ends it with that reason, before as well as meanwhile", async () => {
  const controller = new AbortController();
  const waiting = within(60_000, controller.signal, never);
  controller.abort(new Error("enough"));
  await assert.rejects(soon(waiting, 1000), /enough/);
  await assert.rejects(within(60_000, controller.signal, async () => 7), /enough/); // prettier-ignore
});

test("base64 is decoded into a part of an array, and no further", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => (i * 37) & 255);
  for (const length of [0, 1, 2, 3, 4, 255, 256]) {
    const out = new Uint8Array(300).fill(9);
    const text = Buffer.from(bytes.subarray(0, length)).toString("base64");
    assert.equal(decodeBase64Into(out.subarray(5, 5 + length), text), length);
    assert.deepEqual(out.subarray(5, 5 + length), bytes.subarray(0, length));
    assert.ok([...out.subarray(0, 5), ...out.subarray(5 + length)].every((byte) => byte === 9));
  }
  assert.equal(decodeBase64Into(new Uint8Array(6), "AAAA"), 3);
});
