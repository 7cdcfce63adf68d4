import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { startStorage } from "../doubles/fileserver.ts";
import { commit, startHub } from "../doubles/hub.ts";
import { buildCli } from "../support/built.ts";
import { filesIn, patternBytes, sumOf, withEnvironment, withStarted } from "../support/downloads.ts";
import { inParallel } from "../support/parallel.ts";
import { withTempFolder } from "../support/temp.ts";
import { missingTmpfs, withTmpfs } from "../support/tmpfs.ts";

const cli = buildCli();
process.on("exit", cli.remove);

const dataset = {
  revisions: { main: commit("a") },
  trees: { [commit("a")]: { "a.jsonl": '{"text":"a"}\n', "b.parquet": patternBytes(70_000), "README.md": "x" } },
};
const datasets = { "org/data": dataset, "org/private": { ...dataset, token: "hf_secret" } };

async function withHub(use: (root: string, url: string) => Promise<void>, variables: Record<string, string> = {}) {
  await withStarted(startHub({ datasets }), ({ url }) =>
    withEnvironment({ ...variables, HF_ENDPOINT: url }, () => withTempFolder((folder) => use(`${folder}/root`, url))),
  );
}

test("the plan comes first, then the files, and a second run finds all there", async () => {
  await withHub(async (root) => {
    const args = ["download", "--name", "org/data", "--root", root];
    const folder = `${root}/datasets/raw/huggingface/org__data/main`;
    const plan = [
      "Dataset:   org/data (huggingface)",
      `Revision:  main, which is ${commit("a")}`,
      "Files:     2 to load, 70.0 kB",
      "  a.jsonl  13 bytes",
      "  b.parquet  70.0 kB",
      `To:        ${folder}`,
      `Root:      ${root} (--root)`,
      "",
    ].join("\n");
    assert.deepEqual(await cli.run(...args, "--dry-run"), { code: 0, stdout: plan, stderr: "" });
    assert.equal(existsSync(root), false);
    const { code, stdout, stderr } = await cli.run(...args);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.ok(stdout.startsWith(plan), stdout);
    assert.match(
      stdout.slice(plan.length),
      /^Loaded: {4}2 files, 70\.0 kB in \d+\.\d\d s\nDataset: {3}2 files, 70\.0 kB in \S+\n$/,
    );
    const again = await cli.run(...args);
    assert.deepEqual(again, {
      code: 0,
      stdout: `${folder} is there already: 2 files, 70.0 kB, all as dataset.json says; --force loads it anew\n`,
      stderr: "",
    });
    assert.deepEqual(await cli.run(...args, "--quiet"), { code: 0, stdout: "", stderr: "" });
  });
});

test("the seed's name for it works, --json says it all, and the token is in nothing that is said", async () => {
  await withHub(
    async (root, url) => {
      const args = ["--name", "org/private", "--root", root, "--files", "*.jsonl"];
      const { code, stdout, stderr } = await cli.run("download-dataset", ...args, "--json");
      assert.equal(code, 0, stderr);
      const { seconds, ...result } = JSON.parse(stdout) as Record<string, unknown>;
      assert.ok(Number(seconds) > 0);
      const folder = `${root}/datasets/raw/huggingface/org__private/main`;
      const sha256 = sumOf('{"text":"a"}\n');
      const [file] = result["files"] as { url: string; etag: string }[];
      assert.match(file!.etag, /^"[0-9a-f]{40}"$/);
      assert.deepEqual(result, {
        ...{ source: "huggingface", dataset: "org/private", name: "org/private", split: null },
        ...{ revision: { asked: "main", resolved: commit("a") }, folder },
        files: [
          {
            path: "a.jsonl",
            url: `${url}/datasets/org/private/resolve/${commit("a")}/a.jsonl`,
            bytes: 13,
            sha256,
            etag: file!.etag,
          },
        ],
        ...{ bytes: 13, already_there: false, loaded_files: 1, loaded_bytes: 13 },
      });
      assert.match(stderr, /^Dataset: {3}org\/private/);
      const there = await cli.run("download", ...args, "--json", "--quiet");
      assert.deepEqual(
        [there.stderr, (JSON.parse(there.stdout) as { already_there: boolean }).already_there],
        ["", true],
      );
      const dry = await cli.run("download", ...args, "--json", "--dry-run", "--force");
      const { dry_run: isDry, bytes_to_load: bytes } = JSON.parse(dry.stdout) as Record<string, unknown>;
      assert.deepEqual([isDry, bytes], [true, 13]);
      const failed = await cli.run("download", "--name", "org/none", "--root", root, "--debug");
      assert.equal(failed.code, 2);
      assert.doesNotMatch(
        stdout + stderr + there.stdout + dry.stdout + dry.stderr + failed.stdout + failed.stderr,
        /hf_secret/,
      );
    },
    { HF_TOKEN: "hf_secret" },
  );
});

test("the source is guessed where the name is plain, and SEEDBED_ROOT is the root", async () => {
  await withTempFolder((folder) =>
    withEnvironment({ SEEDBED_ROOT: `${folder}/given` }, async () => {
      mkdirSync(`${folder}/texts`);
      writeFileSync(`${folder}/texts/a.txt`, "one\n");
      const { code, stdout } = await cli.run("download", "--name", `${folder}/texts`);
      assert.equal(code, 0);
      assert.match(stdout, /\nRoot: {6}\S+\/given \(SEEDBED_ROOT\)\n/);
      assert.deepEqual(readdirSync(`${folder}/given/datasets/raw/file/texts/default`), ["a.txt", "dataset.json"]);
    }),
  );
});

const refused: [args: string[], says: RegExp][] = [
  [[], /Required option '--name <what>' not specified/],
  [["--name", ""], /--name "" is not allowed/],
  [
    ["--name", "imdb"],
    /Name "imdb" is not allowed: give org\/dataset, a URL, a file or folder that is there, or say which with --source/,
  ],
  [["--name", "https://huggingface.co/datasets/a/b"], /it is a page about a dataset; give --name a\/b/],
  [["--name", "https://www.kaggle.com/datasets/a/b?x=1"], /give --name a\/b --source kaggle/],
  [["--name", "./none/here"], /is not allowed: give org\/dataset/],
  [
    ["--name", "a/b", "--source", "ftp"],
    /argument 'ftp' is invalid\. Allowed choices are huggingface, kaggle, http, file/,
  ],
  [["--name", "a/b", "--source", "http"], /Cannot read a\/b: it is no URL/],
  [["--name", "a/b", "--source", "file"], /Cannot find a\/b: no such file or folder/],
  [["--name", "a/b/c", "--source", "kaggle"], /Name "a\/b\/c" is not allowed: give owner\/dataset/],
  [
    ["--name", "a/b", "--source", "kaggle", "--revision", "v1"],
    /Revision "v1" is not allowed: give the number of a version, such as 3/,
  ],
  [["--name", "a/b", "--split", ".."], /Name "\.\." is not allowed/],
  [["--name", "a/b", "--split", " "], /--split "" is not allowed/],
  [["--name", "a/b", "--files", ""], /--files "" is not allowed/],
  [["--name", "a/b", "--root", ""], /Root "" is not allowed: give a folder/],
  [["--name", "a/b", "--concurrent", "0"], /Concurrent "0" is not allowed: give a whole number from 1 to 32/],
  [["--name", "a/b", "--concurrent", "33"], /from 1 to 32/],
  [["--name", "a/b", "--spilt", "x"], /unknown option '--spilt' \(Did you mean --split\?\)/i],
  [["--name", "package.json", "--root", "package.json/x"], /package\.json\/x\S*: a part of the path is a file/],
];

test("what cannot be is refused in one line", async () => {
  await withEnvironment({}, async () => {
    await inParallel(refused, async ([args, says]) => {
      const { code, stdout, stderr } = await cli.run("download", ...args, "--quiet");
      assert.deepEqual([code, stdout], [2, ""], stderr);
      assert.match(stderr, new RegExp(`^seedbed: [^\\n]*${says.source}[^\\n]*\\n$`, says.flags));
    });
  });
});

test("--help has examples, and the environment", async () => {
  const { code, stdout } = await cli.run("download", "--help");
  assert.equal(code, 0);
  assert.match(stdout, /Usage: .*download\|download-dataset/);
  assert.match(stdout, /HF_TOKEN[\s\S]*KAGGLE_KEY[\s\S]*Examples:\n {2}\$ seedbed download --name /);
});

const skip = missingTmpfs();

test("a disk without room for the files is told before the first byte", { skip }, async () => {
  await withTmpfs("size=1m", async (root, parent) => {
    writeFileSync(`${parent}/large.csv`, patternBytes(3_000_000));
    await withEnvironment({}, async () => {
      const { code, stderr } = await cli.run("download", "--name", `${parent}/large.csv`, "--root", root, "--quiet");
      assert.equal(code, 2);
      assert.match(stderr, /has \S+ \S+ free, the files need 3\.0 MB: give another --root, or fewer --files\n$/);
    });
    assert.deepEqual(readdirSync(root), []);
  });
});

test(
  "a disk that fills up is told in one line, and what came is kept for a run on a larger one",
  { skip },
  async () => {
    const files = new Map([["/large.csv", { bytes: patternBytes(3_000_000), etag: '"1"' }]]);
    const storage = startStorage(files, { isChunked: true, hidesLength: true });
    await withStarted(storage, async ({ url, requests }) => {
      await withTmpfs("size=1m", async (root, parent) => {
        const args = ["download", "--name", `${url}/large.csv`, "--quiet"];
        const { code, stderr } = await cli.run(...args, "--root", root);
        assert.equal(code, 1);
        const words = "no space left on the disk; what came is kept: run again to go on";
        assert.match(stderr, new RegExp(`^seedbed: Cannot write \\S+\\.part: ${words}\\n$`));
        cpSync(root, `${parent}/larger`, { recursive: true });
        requests.length = 0;
        assert.equal((await cli.run(...args, "--root", `${parent}/larger`)).code, 0);
        assert.match(requests.at(-1)!.headers.range!, /^bytes=[1-9]\d{4,}-$/);
        const [folder] = readdirSync(`${parent}/larger/datasets/raw/http`);
        const there = filesIn(`${parent}/larger/datasets/raw/http/${folder}/default`);
        assert.deepEqual(
          [Object.keys(there), there["large.csv"]],
          [["dataset.json", "large.csv"], sumOf(patternBytes(3_000_000))],
        );
      });
    });
  },
);
