import assert from "node:assert/strict";
import process from "node:process";
import test from "node:test";
import type { EngramDoubleOptions, Faults } from "../doubles/engram.ts";
import { buildCli } from "../support/built.ts";
import { assertClusters, COUNT, rowsInOrder, store, withStore } from "../support/centroidstore.ts";

const cli = buildCli();
process.on("exit", cli.remove);

const growing: { name: string; options: EngramDoubleOptions; growsBefore?: number }[] = [
  { name: "another order of pages", options: { seed: 77 } },
  { name: "pages in another order after every change", options: { seed: 5, order: "shifting" } },
  { name: "a store that grows while it is read", options: { seed: 3 }, growsBefore: 2 },
  { name: "one that grows and shifts", options: { seed: 4, order: "shifting" }, growsBefore: 2 },
  { name: "one that grows behind its last page", options: { seed: 6 }, growsBefore: 3 },
];

for (const { name, options, growsBefore } of growing) {
  test(`${name}: the same centroids as of the same memories`, async () => {
    await withStore(cli.run, options, async (double, extract) => {
      let pages = 0;
      const beforePage = () => {
        if (++pages === growsBefore) store(double, COUNT, COUNT + 100);
      };
      double.setFault({ beforePage });
      const { found } = await extract();
      assert.ok(pages >= (growsBefore ?? 2), `${pages} pages`);
      await assertClusters(found, rowsInOrder(0, double.memories.size));
      assert.equal(found.json.extras.memories_missed, 0);
    });
  });
}

const faults: Record<string, Faults> = {
  "answers 500, 503 and 408": { broken: (at) => at % 3 === 1, unavailable: 0.2, queryTimeout: 0.2 },
  "too many requests": { tooMany: (at) => at % 2 === 1 },
  "cut connections": { cutRequest: (at) => at % 3 === 2, cutAnswer: (at) => at % 3 === 1 },
};

for (const [name, fault] of Object.entries(faults)) {
  test(`${name} change nothing`, async () => {
    await withStore(cli.run, { faults: fault }, async (double, extract) => {
      const { found } = await extract();
      await assertClusters(found, rowsInOrder(0, COUNT));
      assert.ok(double.counters.requests > 5, "faults struck");
    });
  });
}
