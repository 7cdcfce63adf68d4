import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { fvecsBytes } from "../formats/vectorbytes.ts";
import { buildCli } from "../support/built.ts";
import { fixedCentroids, npyOf, readMemories } from "../support/memories.ts";
import { inParallel } from "../support/parallel.ts";
import { withTempFolder } from "../support/temp.ts";

const cli = buildCli();
process.on("exit", cli.remove);

/** Asserts exit code 2 and one line that says what is allowed, without the stack of an error. */
async function assertRefused(args: readonly string[], says: RegExp): Promise<void> {
  const { code, stdout, stderr } = await cli.run("memories", ...args);
  const what = args.map((arg) => `"${arg}"`).join(" ");
  assert.equal(code, 2, `${what}: ${stderr}`);
  assert.match(stderr, /^seedbed: [^\n]+\n$/, what);
  assert.match(stderr, says, what);
  assert.equal(stdout, "", what);
}

/** Flags beside `--centroids 3 --dim 4`, and what the refusal must say. */
const refused: [args: string[], says: RegExp][] = [
  [["--centroids", "0"], /Number of centroids "0" is not allowed: give a whole number from 1 to/],
  [["--centroids", "1.5"], /Number of centroids "1\.5"/],
  [["--centroids", "1g"], /Number of centroids 1000000000 is not allowed: give an integer from 1 to 33554432/],
  [["--centroids", " "], /Empty --centroids .*a file or a number/],
  [["--centroids", "-3"], /-3.*(no such file|not allowed|argument)/i],
  ...["0", "65537"].map((dim): [string[], RegExp] => [["--dim", dim], /Dim "\d+" is not allowed: .*1 to 65536/]),
  ...["0", "-1", "1.5", "many"].map((count): [string[], RegExp] => [
    ["--count", count],
    /Count "[^"]+" is not allowed: .*whole number from 1 to/,
  ]),
  [["--std-dev", "-1"], /Standard deviation -1 is not allowed: give a number from 0 to/],
  [["--std-dev", "1e10"], /Standard deviation 10000000000 is not allowed/],
  ...["x", "", "nan", "0x1", "1e999"].map((text): [string[], RegExp] => [
    ["--std-dev", text],
    /Standard deviation "?[^"]*"? is not allowed/,
  ]),
  ...["0", "1.1", "-0.5", "1e-999"].map((cosine): [string[], RegExp] => [
    ["--cosine", cosine],
    /Cosine \S+ is not allowed: give a number above 0, at most 1/,
  ]),
  [["--cosine", "half"], /Cosine "half" is not allowed/],
  [["--cosine", "0.5", "--std-dev", "0.1"], /say the same: give one of them/],
  ...["-0.1", "1.1"].map((value): [string[], RegExp] => [
    ["--confidence", value],
    /Confidence \S+ is not allowed: give a number from 0 to 1/,
  ]),
  ...["0", "10", "-1", "1.5", "x"].map((digits): [string[], RegExp] => [
    ["--digits", digits],
    /Digits "?\S+"? (is|are) not allowed: give an integer from 1 to 9/,
  ]),
  [["--digits", "6", "--format", "npy", "--output", "m.npy"], /Digits .*npy/],
  [["--digits", "6", "--format", "parquet", "--output", "m.parquet"], /Digits .*parquet/],
  [["--format", "csv"], /Format "csv" is not allowed: give jsonl or npy or parquet/],
  [["--format", "parquet"], /Output "[^"]+m\.jsonl" is not allowed: give a name that ends with \.parquet/],
  [
    ["--format", "parquet", "--output", "m.parquet", "--count", "1e9"],
    /1000000000 memories are too many for one Parquet file: at most 268427264 of 4 values are allowed, give a range of rows/,
  ],
  [["--seed", "-1"], /from 0 to 18446744073709551615, or a word/],
  [["--seed", "18446744073709551616"], /from 0 to 18446744073709551615, or a word/],
  [["--rows", "5:5"], /0 <= a < b <= 950000/],
  [["--rows", "5:11", "--count", "10"], /0 <= a < b <= 10/],
  [["--rows", "5"], /a:b/],
  [["--workers", "-1"], /auto or a number from 0 to 256/],
  [["--count", "9007199254740991", "--dim", "60000"], /2\^66|free/],
  [["--count", "1e12"], /free, the plan needs .* smaller --count/],
  [["--ouptut", "x"], /unknown option '--ouptut' \(Did you mean --output\?\)/i],
  [["x"], /too many arguments/i],
];

test("what cannot be done as asked is refused in one line, and nothing is written", async () => {
  await withTempFolder(async (folder) => {
    await inParallel(refused, ([args, says]) =>
      assertRefused(["--centroids", "3", "--dim", "4", "--output", `${folder}/out/m.jsonl`, ...args], says),
    );
    assert.deepEqual(readdirSync(folder), []);
  });
});

test("without --centroids nothing is guessed", async () => {
  await assertRefused(["--count", "10"], /--centroids <file\|n>.* not specified/i);
});

const nameless: [output: string, flags: string[]][] = [
  ...["m.npy", "m.json", "m", ".jsonl", "a/.jsonl", "", "m.jsonl/", "m.JSONL", "a\nb.jsonl"].map(
    (name): [string, string[]] => [name, []],
  ),
  ...["m.jsonl", "m", ".npy"].map((name): [string, string[]] => [name, ["--format", "npy"]]),
  ...["m.jsonl", "m.npy", ".parquet"].map((name): [string, string[]] => [name, ["--format", "parquet"]]),
];

test("an output whose name does not end as its format is refused", async () => {
  await withTempFolder(async (folder) => {
    await inParallel(nameless, ([name, flags]) => {
      const output = name === "" ? "" : `${folder}/${name}`;
      return assertRefused(
        ["--centroids", "3", "--dim", "4", "--count", "10", "--output", output, ...flags],
        /Output "[^"]*" is not allowed: give a name that ends with \.(jsonl|npy|parquet)/,
      );
    });
    assert.deepEqual(readdirSync(folder), []);
  });
});

test("an output that cannot be written is refused", async () => {
  await withTempFolder(async (folder) => {
    writeFileSync(`${folder}/file`, "mine");
    mkdirSync(`${folder}/m.jsonl`);
    writeFileSync(`${folder}/theirs.jsonl`, "mine");
    const outputs = [`${folder}/file/m.jsonl`, `${folder}/m.jsonl`, `${folder}/theirs.jsonl`];
    if (process.platform === "linux") outputs.push("/dev/null/m.jsonl", "/dev/full/m.jsonl");
    await inParallel(outputs, (output) =>
      assertRefused(["--centroids", "3", "--dim", "4", "--count", "10", "--output", output], /Cannot|free|holds a/),
    );
    assert.deepEqual(readdirSync(folder).sort(), ["file", "m.jsonl", "theirs.jsonl"]);
    assert.deepEqual(readdirSync(`${folder}/m.jsonl`), []);
  });
});

test("centroids that cannot be used are refused, each with its reason", async () => {
  await withTempFolder(async (folder) => {
    const values = fixedCentroids(3, 4);
    const nan = values.with(5, NaN);
    const infinite = values.with(11, -Infinity);
    const write = (name: string, bytes: Uint8Array | string) => (writeFileSync(`${folder}/${name}`, bytes), name);
    mkdirSync(`${folder}/folder.npy`);
    const cases: [name: string, says: RegExp, flags?: string[]][] = [
      ["none.npy", /none\.npy: no such file/],
      ["folder.npy", /folder\.npy: it is a folder/],
      [write("empty.npy", ""), /empty\.npy/],
      [write("empty.jsonl", ""), /empty\.jsonl/],
      [write("empty.fvecs", ""), /empty\.fvecs/],
      [write("none-in.npy", npyOf(new Float32Array(0), 4)), /none-in\.npy/],
      [write("nan.npy", npyOf(nan, 4)), /nan\.npy: Row 1 has a value that is not finite as float32: NaN/],
      [write("inf.fvecs", fvecsBytes(infinite, 4)), /inf\.fvecs: Row 2 .* -Infinity/],
      [write("big.jsonl", "[1,2]\n[3,1e39]\n"), /big\.jsonl/],
      [
        write("large.jsonl", "[1,2]\n[3,-1e16]\n"),
        /Centroids with -1\d+ are not allowed: expected values up to 1000000/,
      ],
      [write("text.npy", "these are no numbers"), /text\.npy/],
      [write("cut.npy", npyOf(values, 4).slice(0, -3)), /cut\.npy/],
      [write("ragged.jsonl", "[1,2]\n[1,2,3]\n"), /ragged\.jsonl/],
      [write("c.csv", "1,2,3\n"), /c\.csv/],
      [write("good.npy", npyOf(values, 4)), /Dim 5 is not allowed: the centroids have 4/, ["--dim", "5"]],
    ];
    const before = readdirSync(folder).sort();
    await inParallel(cases, ([name, says, flags = []]) => {
      const args = ["--centroids", `${folder}/${name}`, "--count", "10", "--output", `${folder}/out/m.jsonl`];
      return assertRefused([...args, ...flags], says);
    });
    assert.deepEqual(readdirSync(folder).sort(), before);
    const same = [
      "--centroids",
      `${folder}/good.npy`,
      "--dim",
      "4",
      "--count",
      "10",
      "--output",
      `${folder}/out/m.jsonl`,
    ];
    assert.equal((await cli.run("memories", ...same)).code, 0, "the same dimension may be said");
  });
});

test("an output that would overwrite the centroids is refused, however it is named, and they stay", async () => {
  await withTempFolder(async (folder) => {
    const bytes = npyOf(fixedCentroids(3, 4), 4);
    mkdirSync(`${folder}/sub`);
    writeFileSync(`${folder}/c.npy`, bytes);
    writeFileSync(`${folder}/c.jsonl`, "[1,2]\n[3,4]\n");
    const cases: [centroids: string, output: string, flags: string[]][] = [
      [`${folder}/c.npy`, `${folder}/c.npy`, ["--format", "npy"]],
      [`${folder}/sub/../c.npy`, `${folder}/c.npy`, ["--format", "npy"]],
      [`${folder}/c.npy`, `${folder}/sub/../c.npy`, ["--format", "npy", "--force"]],
      [`${folder}/c.jsonl`, `${folder}/c.jsonl`, ["--force"]],
    ];
    for (const [centroids, output, flags] of cases) {
      const args = ["--centroids", centroids, "--count", "10", "--output", output, ...flags];
      await assertRefused(args, /c\.(npy|jsonl) would be overwritten: give another --output than --centroids/);
    }
    assert.deepEqual(readdirSync(folder).sort(), ["c.jsonl", "c.npy", "sub"]);
    assert.deepEqual([...readFileSync(`${folder}/c.npy`)], [...bytes]);
    assert.equal(readFileSync(`${folder}/c.jsonl`, "utf8"), "[1,2]\n[3,4]\n");
  });
});

test("centroids of zeros give no cosine, and no NaN", async () => {
  await withTempFolder(async (folder) => {
    writeFileSync(`${folder}/zeros.npy`, npyOf(new Float32Array(8), 4));
    const args = ["--centroids", `${folder}/zeros.npy`, "--count", "10", "--output", `${folder}/m.jsonl`];
    await assertRefused([...args, "--cosine", "0.5"], /Cosine 0\.5 is not allowed: the centroids are zeros/);
    const { code, stdout, stderr } = await cli.run("memories", ...args, "--std-dev", "0", "--json");
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout).datasets[0].expected_cosine, { to_centroid: 0, between_members: 0 });
    for (const { embedding } of readMemories(`${folder}/m.jsonl`)) assert.deepEqual(embedding, [0, 0, 0, 0]);
  });
});
