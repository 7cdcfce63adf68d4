import assert from "node:assert/strict";
import { test } from "node:test";
import { createIdSet, hashIds } from "../../src/data/idset.ts";

test("agrees with a Set, whatever the ids look like", () => {
  const ids = createIdSet();
  const known = new Set<string>();
  for (let i = 0; i < 200_000; i++) {
    const id = [`memory-${i % 60_000}`, `${i % 50_000}`, `mem_${(i % 40_000).toString(16)}`, "\u0000".repeat(i % 300)][
      i % 4
    ]!;
    assert.equal(ids.has(id), known.has(id), JSON.stringify(id));
    assert.equal(ids.add(id), !known.has(id), JSON.stringify(id));
    known.add(id);
  }
  assert.equal(ids.size, known.size);
  for (const id of known) assert.deepEqual([ids.has(id), ids.add(id)], [true, false]);
});

test("ids that differ in one place are told apart", () => {
  const ids = createIdSet();
  const base = "0123456789abcdef-0123456789abcdef".split("");
  let count = 0;
  for (let at = 0; at < base.length; at++) {
    for (let code = 0x21; code < 0x17f; code++) {
      const changed = base.with(at, String.fromCharCode(code)).join("");
      if (changed === base.join("")) continue;
      assert.equal(ids.add(changed), true);
      count++;
    }
  }
  assert.equal(ids.add(base.join("")), true);
  assert.equal(ids.size, count + 1);
});

test("the empty id is one too", () => {
  const ids = createIdSet();
  assert.deepEqual([ids.size, ids.add(""), ids.add(""), ids.size], [0, true, false, 1]);
});

test("more bits count than 32: of 300,000 ids, ten pairs would share those", () => {
  const ids = createIdSet();
  for (let i = 0; i < 300_000; i++) assert.equal(ids.add(`memory-${i}`), true);
  assert.equal(ids.size, 300_000);
});

test("ids and their hashes are the same to it", () => {
  const ids = createIdSet();
  assert.deepEqual(ids.addHashed(hashIds(["a", "", "b", "a"])), [3]);
  assert.deepEqual(
    [ids.add("b"), ids.add("c"), ids.addHashed(hashIds(["c", "d", ""])), ids.size],
    [false, true, [0, 2], 5],
  );
});
