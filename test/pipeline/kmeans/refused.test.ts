import assert from "node:assert/strict";
import test from "node:test";
import { kmeans } from "../../../src/pipeline/kmeans/kmeans.ts";
import { checkRoom } from "../../../src/pipeline/kmeans/checks.ts";

const key = [1, 0] as const;

test("what cannot be clustered is refused in a line", async () => {
  const refused: [values: number[], dim: number, k: number, message: string][] = [
    [[1, 2, 3], 1, 4, "Cannot make 4 clusters of 3 rows: give at most as many as rows"],
    [[1, 2, 3], 1, 0, "Cannot make 0 clusters: give a whole number from 1 to 3, the number of rows"],
    [[1, 2, 3], 1, 1.5, "Cannot make 1.5 clusters: give a whole number from 1 to 3, the number of rows"],
    [[1, 2, 3], 1, NaN, "Cannot make NaN clusters: give a whole number from 1 to 3, the number of rows"],
    [[], 3, 1, "Cannot cluster: there are no rows"],
    [[], 0, 1, "Cannot cluster rows of 0 values: at least 1 is needed"],
    [[1, 2, NaN, 4], 2, 1, "Cannot cluster: value 0 of row 1 is NaN, and only finite numbers are allowed"],
    [[1, 2, 3, -Infinity], 2, 1, "Cannot cluster: value 1 of row 1 is -Infinity, and only finite numbers are allowed"],
  ];
  for (const [values, dim, k, message] of refused) {
    const running = kmeans(Float32Array.from(values), dim, { k, key, workers: 1 });
    await assert.rejects(running, { name: "InputError", message });
  }
  await assert.rejects(kmeans(new Float32Array(3), 2, { k: 1, key }), /^Error: .*3 values are no rows of 2$/);
});

test("more than threads can hold is refused with what they can", () => {
  checkRoom(1_000_000, 768, 1000, 1);
  checkRoom(2_000_000, 768, 1000, 2);
  assert.throws(() => checkRoom(2_000_000, 768, 1000, 1), {
    name: "InputError",
    message: "Cannot hold 2000000 rows of 768 values in 1 thread: cluster a sample of at most 1219338 rows",
  });
  assert.throws(() => checkRoom(300_000, 1024, 200_000, 4), {
    name: "InputError",
    message: "Cannot make 200000 clusters of 1024 values: give at most 131071 clusters",
  });
});
