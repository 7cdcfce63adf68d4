import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import test from "node:test";
import { verify } from "../../src/index.ts";
import { startCli } from "../support/cli.ts";
import { soon } from "../support/soon.ts";
import { withTempFolder } from "../support/temp.ts";

test("a reader that goes away does not stop the work", async () => {
  await withTempFolder(async (out) => {
    const child = startCli(["vectors", "--size", "1k", "--out", out]);
    let stderr = "";
    child.stdout!.destroy(); // as `| head -0` does
    child.stderr!.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const code = await soon(new Promise((resolve) => void child.on("close", resolve)));
    assert.deepEqual([code, stderr], [0, ""]);
    assert.deepEqual(readdirSync(`${out}/1k`).sort(), ["dataset.json", "metadata.jsonl", "vectors.npy"]);
    assert.deepEqual((await verify(`${out}/1k`)).faults, []);
  });
});

for (const args of [["--help"], ["vectors", "--help"], ["--version"]]) {
  test(`a reader that goes away is no error for ${args.join(" ")}`, async () => {
    const child = startCli(args);
    let stderr = "";
    child.stdout!.destroy();
    child.stderr!.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const code = await soon(new Promise((resolve) => void child.on("close", resolve)));
    assert.deepEqual([code, stderr], [0, ""]);
  });
}
