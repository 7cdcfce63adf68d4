import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { openInTurn } from "../../src/runtime/inturn.ts";
import { withTempFolder } from "../support/temp.ts";

const FILES = 50;
const contentOf = (at: number) => `content of ${at}`;

async function withFiles(use: (paths: readonly string[], folder: string) => Promise<void>): Promise<void> {
  await withTempFolder(async (folder) => {
    const paths = Array.from({ length: FILES }, (_, at) => `${folder}/${at}`);
    for (const [at, path] of paths.entries()) writeFileSync(path, contentOf(at));
    await use(paths, folder);
  });
}

const descriptors = () => readdirSync("/proc/self/fd").length;
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

test("readings of many files that overlap give each its own bytes", () =>
  withFiles(async (paths) => {
    const { sources, byteLength, close } = await openInTurn(paths);
    assert.equal(
      byteLength,
      paths.reduce((sum, _, at) => sum + contentOf(at).length, 0),
    );
    const asked = [...sources.keys(), ...sources.keys()].map((at) => (at * 7) % FILES);
    const read = await Promise.all(asked.map((at) => sources[at]!.read(2, sources[at]!.byteLength - 2)));
    assert.deepEqual(
      read.map(text),
      asked.map((at) => contentOf(at).slice(2)),
    );
    await close();
  }));

test("one file is open at a time, and none at the end or after a failure", { skip: process.platform !== "linux" }, () =>
  withFiles(async (paths, folder) => {
    const before = descriptors();
    const { sources, close } = await openInTurn(paths);
    for (const source of sources) {
      await source.read(0, 1);
      assert.ok(descriptors() <= before + 1);
    }
    await assert.rejects(sources[3]!.read(0, 100), /3 ends at byte \d+, expected 100$/);
    await close();
    assert.equal(descriptors(), before);
    mkdirSync(`${folder}/none`);
    for (const bad of ["none", "missing"]) {
      await assert.rejects(
        openInTurn([paths[0]!, `${folder}/${bad}`]),
        new RegExp(`InputError: Cannot read .*${bad}: `),
      );
      assert.equal(descriptors(), before);
    }
  }),
);

test("a file that gets another length between two readings is told", () =>
  withFiles(async (paths) => {
    const { sources, close } = await openInTurn(paths);
    writeFileSync(paths[4]!, "another length than before");
    await assert.rejects(sources[4]!.read(0, 1), /^InputError: \S+\/4 was changed while it was read: it had 12 bytes$/);
    await close();
  }));
