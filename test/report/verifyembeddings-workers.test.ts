import assert from "node:assert/strict";
import { copyFileSync, rmSync } from "node:fs";
import test from "node:test";
import { embedDataset } from "../../src/pipeline/embed/run.ts";
import { verifyEmbeddings, type EmbeddingsReport } from "../../src/report/verifyembeddings.ts";
import { DIM, runOf, textsOf } from "../pipeline/embed/runs.ts";
import { editBytes } from "../support/tamper.ts";
import { editManifest, FOLDER, forge, INDEX, withDataset } from "./shards.ts";

test("any number of workers finds the same faults in the same order, and tells of all bytes", () =>
  withDataset(
    async (root) => {
      await embedDataset(runOf(root, { split: "test", texts: textsOf(45) }));
      await forge(root, (rows, vectors) => {
        vectors[4 * DIM] = Number.NaN;
        for (const [at, id] of [
          [2, "id-3"],
          [4, "id-11"],
          [6, "é".repeat(99)],
          [7, "é".repeat(99)],
        ] as const)
          rows[at] = { ...rows[at]!, id };
        rows[4] = { ...rows[4]!, split: "other" };
      });
      const shard = (number: number, split = "train") => `embeddings/double/d/${split}/shard-0000${number}.parquet`;
      copyFileSync(`${root}/${shard(5)}`, `${root}/${shard(6)}`);
      editManifest(root, ({ shards }) => {
        const [source, copy] = [5, 6].map((number) => shards.find(({ path }) => path === shard(number)));
        Object.assign(copy!, { ...source!, path: shard(6) }); // a shard of its own whose ids are all known
      });
      editBytes(`${root}/${shard(3)}`, (bytes) => bytes.subarray(1));
      rmSync(`${root}/${shard(0, "test")}`);
      editBytes(`${root}/${shard(2, "test")}`, (bytes) => void (bytes[bytes.length >> 1]! ^= 1));
      const told: number[] = [];
      const reports = [];
      for (const workers of [0, 1, 2, 3, 16]) {
        const onProgress = (done: number, total: number) => void told.push(total - done);
        reports.push(await verifyEmbeddings(root, INDEX, { workers, onProgress }));
      }
      const [{ faults, rows, shards }, ...others] = reports as [EmbeddingsReport, ...EmbeddingsReport[]];
      for (const other of others) assert.deepEqual(other, reports[0]);
      assert.deepEqual([shards, rows > 80], [13, true]);
      const heads = [
        ...['row 2: id "id-3" is that of', 'row 4: id "id-11" is that of', "row 4 is of"],
        ...["row 4: a value is NaN", `row 7: id "${"é".repeat(80)}…" is that of`],
      ].map((head) => `${shard(1)}: ${head}`);
      heads.push(
        `${shard(3)}: `,
        ...Array.from({ length: 10 }, (_, row) => `${shard(6)}: row ${row}: id "id-5${row}" is`),
      );
      const ofTest = [`${shard(0, "test")}: Cannot read`, `${shard(2, "test")}: SHA-256`];
      const isOfTrain = (fault: string) => fault.startsWith(FOLDER);
      const [own, first] = [faults.filter(isOfTrain), faults.filter((fault) => !isOfTrain(fault))];
      assert.deepEqual(faults, [...first, ...own]); // the splits as the manifest has them
      assert.equal(own.length, heads.length);
      for (const [at, head] of heads.entries()) assert.ok(own[at]!.startsWith(head), `${head}: ${own[at]}`);
      for (const [at, head] of ofTest.entries()) assert.ok(first[at]!.startsWith(head), `${head}: ${first[at]}`);
      assert.ok(told.every((left) => left >= 0));
    },
    { texts: textsOf(75) },
  ));

test("an abort ends the work of threads", () =>
  withDataset(async (root) => {
    const stopped = new AbortController();
    const onProgress = () => stopped.abort(new Error("stopped"));
    await assert.rejects(verifyEmbeddings(root, INDEX, { workers: 2, signal: stopped.signal, onProgress }), /stopped/);
  }));
