import assert from "node:assert/strict";
import test from "node:test";
import { createItemsHash } from "../../../src/pipeline/embed/items.ts";
import { createOpenShards, type OpenShard } from "../../../src/pipeline/embed/openshards.ts";
import { openSpool } from "../../../src/pipeline/embed/spool.ts";
import { createRandom } from "../../formats/samples.ts";
import { soon } from "../../support/soon.ts";
import { sha256 } from "../../support/sums.ts";
import { withTempFolder } from "../../support/temp.ts";
import { DIM, itemOf, memorySpool, range, vectorsOf } from "./shardsamples.ts";

interface Written {
  readonly shard: number;
  /** By place: the first value of the vector, or why there is none. */
  readonly found: readonly (number | string)[];
  readonly itemsHash: string;
}

/** What a shard has at the moment when it is written. */
function look({ shard, items, failed, spool, itemsHash }: OpenShard): Written {
  const vector = new Float32Array(DIM);
  const found = items.map((_, place) => {
    const failure = failed.get(place);
    if (failure) return `${failure.kind}: ${failure.reason}`;
    spool.readInto(place, vector);
    assert.equal(vector[1], -vector[0]!);
    return vector[0]!;
  });
  return { shard, found, itemsHash: itemsHash() };
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}

test("answers in any order, across the borders of shards, and failures between them: each shard is written once and whole", async () => {
  const random = createRandom(11);
  for (let round = 0; round < 200; round++) {
    const count = 1 + Math.floor(random() * 60);
    const rows = 1 + Math.floor(random() * 12);
    const written: Written[] = [];
    const open = createOpenShards(
      () => memorySpool(),
      async (shard) => {
        await Promise.resolve();
        written.push(look(shard));
      },
    );
    const jobs: (() => void)[] = [];
    for (let start = 0; start < count;) {
      const end = Math.min(count, start + 1 + Math.floor(random() * 9));
      const some = shuffled(range(start, end), random);
      const failed = some.filter(() => random() < 0.1);
      const rest = some.filter((index) => !failed.includes(index));
      jobs.push(() => {
        for (const index of failed) open.fail(index, { kind: "rejected", reason: `no ${index}` });
        if (rest.length > 0) open.answer(rest, vectorsOf(rest));
      });
      start = end;
    }
    // Some are answered while items still come.
    const isEarly = random() < 0.5;
    for (const index of range(0, count)) assert.ok(open.add(itemOf(index, rows)));
    if (!isEarly) open.end();
    for (const job of shuffled(jobs, random)) job();
    if (isEarly) open.end();
    await soon(open.settled());
    const shards = Math.ceil(count / rows);
    assert.deepEqual(
      written.map(({ shard }) => shard).sort((a, b) => a - b),
      range(0, shards),
    );
    for (const { shard, found } of written) {
      const indexes = range(shard * rows, Math.min(count, (shard + 1) * rows));
      assert.deepEqual(
        found,
        found.map((value, place) => (typeof value === "string" ? `rejected: no ${indexes[place]}` : indexes[place])),
      );
      assert.equal(found.length, indexes.length);
    }
  }
});

test("the hash of a shard is that of its ids and texts, a newline after each, failed ones included", async () => {
  const written: Written[] = [];
  const open = createOpenShards(
    () => memorySpool(),
    (shard) => Promise.resolve(void written.push(look(shard))),
  );
  for (const index of [0, 1]) open.add(itemOf(index, 2));
  open.end();
  open.fail(1, { kind: "rejected", reason: "x" });
  open.answer([0], vectorsOf([0]));
  await open.settled();
  const hash = createItemsHash();
  for (const index of [0, 1]) hash.add(itemOf(index, 2));
  assert.equal(written[0]!.itemsHash, hash.digest());
  assert.equal(written[0]!.itemsHash, sha256("id 0\ntext 0\nid 1\ntext 1\n"));
});

test("a shard of failures alone is told too, and so is a last one that is not full", async () => {
  const written: Written[] = [];
  const open = createOpenShards(
    () => memorySpool(),
    (shard) => Promise.resolve(void written.push(look(shard))),
  );
  for (const index of range(0, 5)) {
    open.add(itemOf(index, 2));
    if (index < 2) open.fail(index, { kind: "empty", reason: `${index}` }); // before the next shard begins
  }
  open.answer([2, 3, 4], vectorsOf([2, 3, 4]));
  open.end();
  await open.settled();
  assert.deepEqual(
    written.map(({ shard, found }) => [shard, found]),
    [
      [0, ["empty: 0", "empty: 1"]],
      [1, [2, 3]],
      [2, [4]],
    ],
  );
});

test("what an earlier run was answered is not wanted again, on the disk too", async () => {
  await withTempFolder(async (folder) => {
    const spoolOf = (shard: number) => openSpool(`${folder}/${shard}`, DIM);
    const failing = createOpenShards(spoolOf, () => Promise.reject(new Error("killed")));
    for (const index of range(0, 10)) failing.add(itemOf(index, 4));
    failing.answer([0, 1, 3, 9], vectorsOf([0, 1, 3, 9]));
    failing.close();
    const written: Written[] = [];
    const open = createOpenShards(spoolOf, (shard) => Promise.resolve(void written.push(look(shard))));
    const wanted = range(0, 10).filter((index) => open.add(itemOf(index, 4)));
    assert.deepEqual(wanted, [2, 4, 5, 6, 7, 8]);
    open.end();
    open.answer([8, 2, 4], vectorsOf([8, 2, 4]));
    open.answer([5, 6, 7], vectorsOf([5, 6, 7]));
    await open.settled();
    assert.deepEqual(
      written.map(({ shard, found }) => [shard, found]),
      [
        [2, [8, 9]],
        [0, [0, 1, 2, 3]],
        [1, [4, 5, 6, 7]],
      ],
    );
    open.close();
  });
});

test("all of them answered by an earlier run: the shards are written, and nothing is asked", async () => {
  const known = [0, 1].map(
    (shard) =>
      new Map(
        range(0, 3).map((place) => [
          place,
          { text: `text ${3 * shard + place}`, values: vectorsOf([3 * shard + place]) },
        ]),
      ),
  );
  const written: Written[] = [];
  const open = createOpenShards(
    (shard) => memorySpool(known[shard]),
    (shard) => Promise.resolve(void written.push(look(shard))),
  );
  assert.ok(range(0, 6).every((index) => !open.add(itemOf(index, 3))));
  open.end();
  await open.settled();
  assert.deepEqual(
    written.map(({ found }) => found),
    [
      [0, 1, 2],
      [3, 4, 5],
    ],
  );
});

test("an answer that nobody waits for is an error of the program", async () => {
  const open = createOpenShards(
    () => memorySpool(),
    () => Promise.resolve(),
  );
  for (const index of range(0, 3)) open.add(itemOf(index, 2));
  open.answer([1], vectorsOf([1]));
  for (const index of [1, 3, -1]) {
    assert.throws(() => open.answer([index], vectorsOf([index])), /text -?\d: nobody waits/);
    assert.throws(() => open.fail(index, { kind: "x", reason: "x" }), /nobody waits/);
  }
});
