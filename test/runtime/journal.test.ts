import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import test from "node:test";
import { InputError } from "../../src/data/errors.ts";
import { openJournal, readJournal } from "../../src/runtime/journal.ts";
import { withTempFolder } from "../support/temp.ts";

async function linesOf(path: string): Promise<{ lines: string[]; numbers: number[]; rest: string | undefined }> {
  const lines: string[] = [];
  const numbers: number[] = [];
  const rest = await readJournal(path, (line, number) => {
    lines.push(line);
    numbers.push(number);
  });
  return { lines, numbers, rest };
}

function append(path: string, ...lines: string[]): void {
  const journal = openJournal(path);
  journal.append(lines);
  journal.sync();
  journal.close();
  journal.close(); // twice does no harm
}

test("lines come back in order, numbered from 1, over several openings", async () => {
  await withTempFolder(async (folder) => {
    const path = `${folder}/journal`;
    assert.deepEqual(await linesOf(path), { lines: [], numbers: [], rest: undefined });
    append(path, "one", "", "drei ü 漢 😀");
    append(path);
    append(path, "four");
    assert.deepEqual(await linesOf(path), {
      lines: ["one", "", "drei ü 漢 😀", "four"],
      numbers: [1, 2, 3, 4],
      rest: "",
    });
    assert.equal(readFileSync(path, "utf8"), "one\n\ndrei ü 漢 😀\nfour\n");
  });
});

test("wherever a crash cut the file, the whole lines remain and the next one follows them", async () => {
  const bytes = new TextEncoder().encode("first\n😀 second\n\nü\n");
  await withTempFolder(async (folder) => {
    for (let length = 0; length <= bytes.length; length++) {
      const path = `${folder}/${length}`;
      writeFileSync(path, bytes.subarray(0, length));
      const whole = bytes.subarray(0, bytes.subarray(0, length).lastIndexOf(10) + 1);
      const expected = new TextDecoder().decode(whole).split("\n").slice(0, -1);
      const before = await linesOf(path);
      assert.deepEqual([before.lines, before.rest !== ""], [expected, whole.length < length], `cut at ${length}`);
      append(path, "next");
      assert.deepEqual(readFileSync(path), Buffer.concat([whole, Buffer.from("next\n")]), `cut at ${length}`);
    }
  });
});

// A reading takes 1 MiB: borders fall within lines and within characters of 2, 3 and 4 bytes.
test("lines and characters across the borders of what is read at once are whole", async () => {
  const lines = [..."aü漢😀"].map((character, at) => "x".repeat(at) + character.repeat(700_000));
  await withTempFolder(async (folder) => {
    append(`${folder}/journal`, ...lines);
    const read = await linesOf(`${folder}/journal`);
    assert.ok(read.lines.length === lines.length && read.lines.every((line, at) => line === lines[at]));
    assert.equal(read.rest, "");
  });
});

for (const before of ["", "whole\n"]) {
  test(`a cut line of 3 MiB after ${JSON.stringify(before)} is removed`, async () => {
    await withTempFolder((folder) => {
      writeFileSync(`${folder}/journal`, before + "x".repeat(3 << 20));
      append(`${folder}/journal`, "next");
      assert.equal(readFileSync(`${folder}/journal`, "utf8"), `${before}next\n`);
    });
  });
}

test("what another process appends meanwhile is noticed, and kept", async () => {
  await withTempFolder((folder) => {
    const path = `${folder}/journal`;
    const journal = openJournal(path);
    journal.append(["ours"]);
    appendFileSync(path, "theirs\n");
    assert.throws(() => journal.append(["ours again"]), { message: `Cannot write ${path}: another run writes to it` });
    journal.close();
    assert.equal(readFileSync(path, "utf8"), "ours\ntheirs\n");
  });
});

test("a folder of that name, and a place where nothing can be, are the user's to mend", async () => {
  await withTempFolder(async (folder) => {
    mkdirSync(`${folder}/taken`);
    await assert.rejects(linesOf(`${folder}/taken`), new InputError(`Cannot read ${folder}/taken: it is a folder`));
    assert.throws(() => openJournal(`${folder}/taken`), new InputError(`Cannot open ${folder}/taken: it is a folder`));
    assert.throws(
      () => openJournal(`${folder}/none/journal`),
      new InputError(`Cannot open ${folder}/none/journal: no such file or folder`),
    );
  });
});

test("what the reader of the lines throws ends the reading", async () => {
  await withTempFolder(async (folder) => {
    append(`${folder}/journal`, "a", "b", "c");
    const seen: string[] = [];
    const reading = readJournal(`${folder}/journal`, (line, number) => {
      seen.push(line);
      if (number === 2) throw new InputError("no");
    });
    await assert.rejects(reading, new InputError("no"));
    assert.deepEqual(seen, ["a", "b"]);
  });
});
