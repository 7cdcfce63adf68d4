import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { buildCli } from "../support/built.ts";
import { filesIn, sumOf } from "../support/downloads.ts";
import * as embed from "../support/embed.ts";
import { interrupted } from "../support/interrupted.ts";
import { assertRefused } from "../support/refused.ts";
import { withTempFolder } from "../support/temp.ts";

const cli = buildCli();
process.on("exit", cli.remove);

const run = (...args: string[]) => embed.runWith(cli, embed.FIXED, ...args);
const DIM = ["--dimensions", "128"];
const STEPS = ["--preprocess", "nfkc,spaces"];

/** Runs what has to succeed; returns its result. */
async function done(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await run(...args, "--json");
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Record<string, unknown>;
}

const TEXTS = `{"id":"a","text":" caf\u0065\u0301 \\n  au lait","label":" x "}
{"id":"b","text":"\u00a0\u3000\\r\\n"}
{"text":"\ufb01ve \uff11\uff12"}
{"id":"d","text":" \\ud800 "}
{"id":"e"}
{no
{"id":7,"text":"as it is"}
`;

const PROCESSED = `{"id":"a","text":"caf\u00e9 au lait","label":" x "}
{"id":"b","text":""}
{"text":"five 12","id":"2"}
{"id":"d","text":"\\ud800"}
{"id":"e"}
{"id":7,"text":"as it is"}
`;

const FOLDER = "datasets/processed/texts/default";

test("texts are embedded as preprocessing leaves them, and all rows kept so: the same bytes in every engine", async () => {
  await withTempFolder(async (folder) => {
    const [path, root] = [`${folder}/texts.jsonl`, `${folder}/root`];
    writeFileSync(path, TEXTS);
    const args = ["embed", "--dataset", path, "--root", root, ...DIM];
    const dry = await run(...args, ...STEPS, "--dry-run");
    assert.match(dry.stdout, /^Plan: 3 of 7 rows [^\n]*, 4 cannot be used\)\n {2}preprocessed: nfkc,spaces\n/);
    const { dry_run: isDry, rows, preprocessing, rows_skipped: skipped } = await done(...args, ...STEPS, "--dry-run");
    assert.deepEqual([isDry, rows, preprocessing], [true, 3, "nfkc,spaces"]);
    assert.deepEqual(skipped, {
      ...{ "unreadable row": 1, "no text field": 1, "text not a string": 0, "text not Unicode": 1, "empty text": 1 },
      "duplicate id": 0,
    });
    assert.deepEqual(Object.keys(filesIn(folder)), ["texts.jsonl"]);
    assert.equal(existsSync(root), false);

    const { stdout } = await run(...args, ...STEPS);
    assert.ok(stdout.includes(`\n  preprocessed: nfkc,spaces, kept in ${root}/${FOLDER}\n`), stdout);
    assert.equal(readFileSync(`${root}/${FOLDER}/texts.jsonl`, "utf8"), PROCESSED);
    const record = JSON.parse(readFileSync(`${root}/${FOLDER}/dataset.json`, "utf8")) as Record<string, unknown>;
    const { files, input, tool: _, ...about } = record;
    const bytes = new TextEncoder().encode(PROCESSED).length;
    assert.deepEqual(files, [{ path: "texts.jsonl", bytes, sha256: sumOf(PROCESSED) }]);
    assert.deepEqual(input, [{ name: "texts.jsonl", bytes: new TextEncoder().encode(TEXTS).length }]);
    assert.deepEqual(about, {
      ...{ source: "file", dataset: "texts", split: "default", revision: null, preprocessing: "nfkc,spaces" },
      ...{ text_field: "text", id_field: "id", rows: 6, created_at: embed.FIXED_DATE },
    });

    const { index } = embed.placesOf(root, embed.LOCAL, "texts");
    const manifest = embed.manifestIn(index);
    assert.deepEqual(
      [manifest.splits[0]!.preprocessing, manifest.splits[0]!.identity["preprocessing"]],
      ["nfkc,spaces", "nfkc,spaces"],
    );
    assert.equal(manifest.splits[0]!.rows_skipped["empty text"], 1);
    const found = await embed.embeddedRows(root, manifest);
    const expected = [["a", "café au lait", 0], ["2", "five 12", 2], ["7", "as it is", 6]]; // prettier-ignore
    assert.deepEqual(
      found.map(({ id, text, metadata }) => [id, text, (JSON.parse(metadata) as { row: number }).row]),
      expected,
    );
    assert.deepEqual((JSON.parse(found[0]!.metadata) as { fields: unknown }).fields, { label: " x " });
    assert.equal((await run("verify", "--dataset", "texts", "--root", root)).code, 0);
    const [listed] = (await done("list", "--root", root))["datasets"] as Record<string, unknown>[];
    assert.deepEqual(listed, {
      ...{ kind: "processed", dataset: "texts", split: "default", by: "file", rows: 6, files: 1, bytes },
      ...{ state: "complete", path: FOLDER },
    });
    assert.deepEqual(embed.leftovers(root), []);

    // What was kept gives the same texts, ids and vectors, and is not replaced by what is made of it.
    const again = ["embed", "--dataset", `${root}/${FOLDER}/texts.jsonl`, ...DIM];
    await done(...again, "--root", `${folder}/again`);
    const plain = embed.manifestIn(embed.placesOf(`${folder}/again`, embed.LOCAL, "texts").index);
    assert.equal(plain.splits[0]!.preprocessing, "none");
    const of = (each: typeof found) => each.map(({ id, text, vector }) => [id, text, [...vector]]);
    assert.deepEqual(of(await embed.embeddedRows(`${folder}/again`, plain)), of(found));
    assert.equal(existsSync(`${folder}/again/datasets`), false);
    const before = filesIn(root);
    rmSync(`${root}/indexes`, { recursive: true });
    assertRefused(await run(...again, ...STEPS, "--root", root, "--quiet"), /cannot be read and replaced at once/);
    assert.equal(filesIn(root)[`${FOLDER}/texts.jsonl`], before[`${FOLDER}/texts.jsonl`]);
  });
});

test("texts that were processed before are cut and counted as the model will see them", async () => {
  await withTempFolder(async (folder) => {
    const words = Array.from({ length: 60 }, (_, i) => `word${i}`);
    embed.writeRows(`${folder}/wide.jsonl`, [{ id: "w", text: words.join("\n\u2003 \u2003\n") }]);
    embed.writeRows(`${folder}/tight.jsonl`, [{ id: "w", text: words.join(" ") }]);
    const args = ["--root", `${folder}/root`, ...DIM, "--chunk-tokens", "32", "--dry-run"];
    const [wide, tight, raw] = [
      await done("embed", "--dataset", `${folder}/wide.jsonl`, ...args, "--preprocess", "spaces"),
      await done("embed", "--dataset", `${folder}/tight.jsonl`, ...args),
      await done("embed", "--dataset", `${folder}/wide.jsonl`, ...args),
    ];
    assert.deepEqual([wide!["tokens"], wide!["chunks"]], [tight!["tokens"], tight!["chunks"]]);
    assert.ok((raw!["tokens"] as number) > (wide!["tokens"] as number));
  });
});

test("other steps on resume, wrong ones and those that cannot be are refused, and nothing is written", async () => {
  await withTempFolder(async (folder) => {
    const [path, root] = [`${folder}/texts.jsonl`, `${folder}/root`];
    writeFileSync(path, TEXTS);
    const args = ["embed", "--dataset", path, "--root", root, ...DIM, "--quiet"];
    const refusals: [flags: string[], says: RegExp][] = [
      [["--preprocess", "nfc,lower"], /Step "lower" of preprocessing is not known: give some of nfc, nfkc, spaces/],
      [["--preprocess", "nfc,nfc"], /Step "nfc" of preprocessing comes twice: give some of nfc, nfkc, spaces/],
      [["--preprocess", ""], /Step "" of preprocessing is not known/],
      [["--preprocess", "nfc", "--id-field", "text"], /Field "text" cannot be preprocessed: it is the id field/],
      [["--preprocess", "nfc", "--text-field", "body"], /None of 7 rows has the field "body"/],
    ];
    for (const [flags, says] of refusals) assertRefused(await run(...args, ...flags), says);
    assert.equal(existsSync(root), false);

    const { preprocessing } = await done(...args.slice(0, -1), ...STEPS);
    assert.equal(preprocessing, "nfkc,spaces");
    const before = filesIn(root);
    const others: [flags: string[], there: string][] = [
      [[], "none"],
      [["--preprocess", "nfc"], "nfc"],
      [["--preprocess", "spaces,nfkc"], "spaces,nfkc"],
    ];
    for (const [flags, now] of others)
      assertRefused(
        await run(...args, ...flags, "--resume"),
        new RegExp(
          `texts was made with preprocessing nfkc,spaces, not ${now}: ask for the same, or give another --root`,
        ),
      );
    assert.deepEqual(filesIn(root), before);
    await done(...args.slice(0, -1), ...STEPS, "--resume");
    const lasting = (files: Record<string, string>) =>
      Object.entries(files).filter(([name]) => !name.endsWith("/run.json"));
    assert.deepEqual(lasting(filesIn(root)), lasting(before));

    mkdirSync(`${root}/datasets/processed/other/default`, { recursive: true });
    writeFileSync(`${root}/datasets/processed/other/default/dataset.json`, '{"files":[]}');
    writeFileSync(`${folder}/other.jsonl`, TEXTS);
    const foreign = await run(
      "embed",
      "--dataset",
      `${folder}/other.jsonl`,
      "--root",
      root,
      ...DIM,
      ...STEPS,
      "--quiet",
    );
    assertRefused(
      foreign,
      /processed\/other\/default holds what embed did not make: remove it, or give another --root/,
    );
  });
});

test(
  "a kill leaves no half file under its name, and Ctrl-C none at all",
  { skip: process.platform === "win32" && "needs signals" },
  async () => {
    await withTempFolder(async (folder) => {
      const [path, root] = [`${folder}/texts.jsonl`, `${folder}/root`];
      const text = " a  b \u2003 c".repeat(40);
      const line = (at: number) => `{"id":"${at}","text":"${text}"}\n`;
      writeFileSync(path, Array.from({ length: 60_000 }, (_, at) => line(at)).join(""));
      const args = ["embed", "--dataset", path, "--root", root, ...DIM, "--preprocess", "spaces", "--quiet"];
      const part = `${root}/${FOLDER}/texts.jsonl.part`;

      const stopped = await interrupted(cli.entry, args, "SIGINT", () => existsSync(part));
      assert.deepEqual([stopped.code, stopped.stdout], [130, ""]);
      assert.equal(existsSync(root), false);

      const killed = await interrupted(cli.entry, args, "SIGKILL", () => existsSync(part));
      assert.equal(killed.wasKilled, true);
      assert.deepEqual(Object.keys(filesIn(`${root}/${FOLDER}`)), ["dataset.json.lock", "texts.jsonl.part"]);
      const { stdout } = await run("list", "--root", root);
      assert.match(stdout, /\nprocessed +texts +default .* unfinished\n$/);

      assert.equal((await run(...args)).code, 0);
      const whole = filesIn(`${root}/${FOLDER}`);
      assert.deepEqual(Object.keys(whole), ["dataset.json", "texts.jsonl"]);
      const tight = Array.from({ length: 60_000 }, (_, at) => line(at).replace(text, text.trim().replace(/\s+/g, " ")));
      assert.equal(whole["texts.jsonl"], sumOf(tight.join("")));

      // One that is there is untouched when the next is stopped.
      const again = await interrupted(cli.entry, [...args, "--resume"], "SIGINT", () => existsSync(part));
      assert.equal(again.code, 130);
      assert.deepEqual(filesIn(`${root}/${FOLDER}`), whole);
    });
  },
);
