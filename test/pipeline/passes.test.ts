import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import test from "node:test";
import { createCore } from "../../src/core/instance.ts";
import { bytesOf } from "../../src/data/dtype.ts";
import type { FileSpec, Pass } from "../../src/data/plan.ts";
import { readNpy, readNpz } from "../../src/index.ts";
import { createBlockMaker } from "../../src/pipeline/make.ts";
import { runPasses, type RunOptions } from "../../src/pipeline/run.ts";
import { openSource } from "../../src/sources/table.ts";
import { assertSameBytes } from "../reference/same.ts";
import {
  FIELDS,
  images,
  passesOf,
  passOf,
  PIECE_ROWS,
  ROW_BYTES,
  SPLITS,
  type Field,
  type Split,
} from "../support/imagepasses.ts";
import { watchPasses } from "../support/passes.ts";
import { soon } from "../support/soon.ts";
import { sha256OfPath } from "../support/sums.ts";
import { withTempFolder } from "../support/temp.ts";

/** What `use` returns of the written files, given the path of each by its name. */
async function run<T>(
  passes: readonly Pass[],
  options: Partial<RunOptions>,
  use: (pathOf: (name: string) => string) => T | Promise<T>,
): Promise<T> {
  return withTempFolder(async (folder) => {
    const { files } = await soon(runPasses(passes, { folder, workers: 0, checksum: true, ...options }));
    const names = [...new Set(passes.flatMap((pass) => pass.files.map(({ name }) => name)))];
    assert.deepEqual(
      files.map(({ sha256 }) => sha256),
      names.map((name) => sha256OfPath(`${folder}/${name}.part`)),
    );
    for (const file of files) file.publish();
    assert.deepEqual(readdirSync(folder).sort(), names.toSorted());
    return use((name) => `${folder}/${name}`);
  });
}

const sumsOf = (passes: readonly Pass[], options: Partial<RunOptions> = {}) =>
  run(passes, options, (pathOf) => SPLITS.map(({ name }) => sha256OfPath(pathOf(`${name}.npz`))));

for (const compressor of ["none", "fflate", "core"] as const) {
  test(`${compressor}: several passes into one .npz give the rows of each`, async () => {
    await run(passesOf({ compressor, multiple: 2 }), {}, async (pathOf) => {
      for (const { name, rows } of SPLITS) {
        const count = rows[1] - rows[0];
        const arrays = await readNpz(pathOf(`${name}.npz`));
        const { columns } = openSource(createCore(), [images], 2000).read(rows[0], count);
        const shapes = { images: [count, 16, 16], labels: [count], factors: [count, 4, 6] };
        assert.deepEqual(Object.keys(arrays), FIELDS);
        for (const { field, data } of columns) {
          const { dtype, shape, data: stored } = arrays[field.name]!;
          assert.deepEqual([dtype, shape], ["|u1", shapes[field.name as Field]]);
          assertSameBytes(bytesOf(stored), bytesOf(data), `${field.name} of ${name}`);
        }
      }
    });
  });

  test(`${compressor}: no byte of several passes depends on workers or the block size`, async () => {
    const expected = await sumsOf(passesOf({ compressor }));
    assert.equal(new Set(expected).size, SPLITS.length);
    for (const multiple of [2, 7, 1000]) {
      assert.deepEqual(await sumsOf(passesOf({ compressor, multiple })), expected, `blocks of ${multiple} pieces`);
    }
    for (const [workers, multiple] of [
      [1, 1],
      [2, 3],
      [4, 1],
      [4, 1000],
    ] as const) {
      const reads = compressor === "none" ? 1 : 2; // the rows before a block as well
      const { passes, waitForWorkers, workersTookOver } = watchPasses(passesOf({ compressor, multiple }), reads);
      const isWatched = multiple === 1; // else it may be over before a worker starts
      const onProgress = isWatched ? waitForWorkers : undefined;
      assert.deepEqual(await sumsOf(passes, { workers, onProgress }), expected, `${workers} workers`);
      if (isWatched) assert.ok(workersTookOver(), "no worker made a block");
    }
  });
}

test("files may take turns, and a pass may write several: the bytes are the same", async () => {
  const [train, val, test_] = SPLITS as readonly [Split, Split, Split];
  const sums = await sumsOf(passesOf());
  const order: [Split, Field][] = [
    [val, "images"],
    [train, "images"],
    [test_, "images"],
    [train, "labels"],
    [test_, "labels"],
    [val, "labels"],
    [test_, "factors"],
    [val, "factors"],
    [train, "factors"],
  ];
  const turns = order.map(([split, field]) => passOf(split, field));
  for (const workers of [0, 3]) assert.deepEqual(await sumsOf(turns, { workers }), sums);

  const npy = (field: Field): FileSpec => ({ name: `${field}.npy`, format: { kind: "npy", field } });
  const [first, ...others] = passesOf();
  const wide: Pass = { ...first!, files: [npy("labels"), ...first!.files, npy("images")] };
  for (const workers of [0, 2]) {
    assert.deepEqual(await sumsOf([wide, ...others], { workers }), sums);
    await run([wide, ...others], { workers }, async (pathOf) => {
      const arrays = await readNpz(pathOf("train.npz"));
      for (const field of ["labels", "images"] as const) {
        assert.deepEqual(await readNpy(pathOf(`${field}.npy`)), arrays[field]);
      }
    });
  }
});

test("passes take memory one at a time, in whatever order their blocks are asked for", async () => {
  const core = createCore();
  const passes = passesOf({ multiple: 20 }).filter(({ rowStart, rowEnd }) => rowEnd > rowStart);
  const make = createBlockMaker(core, passes);
  const makeFirst = async (pass: number) => {
    const { rowStart, rowEnd, blockRows } = passes[pass]!;
    const { encoded } = await make({ pass, start: rowStart, rows: Math.min(blockRows, rowEnd - rowStart) });
    return encoded[0]!.bytes.slice();
  };
  const expected: Uint8Array[] = [];
  for (const pass of passes.keys()) expected.push(await makeFirst(pass));
  const { byteLength } = core.kernels.memory.buffer;
  for (let at = 0; at < 60; at++) {
    const pass = (at * 5) % passes.length;
    assertSameBytes(await makeFirst(pass), expected[pass]!, `pass ${pass}`);
  }
  assert.equal(core.kernels.memory.buffer.byteLength, byteLength);
});

test("progress ascends to 1 by the bytes of the rows that the files take", async () => {
  const passes = passesOf({ multiple: 3 });
  const expected: number[] = [];
  let done = 0;
  for (const { rows } of SPLITS) {
    for (const field of FIELDS) {
      for (let start = rows[0]; ; start += 3 * PIECE_ROWS[field]) {
        const end = Math.min(start + 3 * PIECE_ROWS[field], rows[1]);
        done += (end - start) * ROW_BYTES[field];
        expected.push(done);
        if (end === rows[1]) break;
      }
    }
  }
  assert.equal(done, 2001 * (256 + 1 + 24));
  for (const workers of [0, 2]) {
    const told: number[] = [];
    await run(passes, { workers, onProgress: (share) => told.push(share) }, () => {});
    assert.deepEqual(
      told,
      expected.map((bytes) => bytes / done),
    );
    assert.equal(told.at(-1), 1);
  }
});
