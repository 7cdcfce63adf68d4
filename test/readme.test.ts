import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Command } from "commander";
import * as download from "../src/commands/download.ts";
import * as embed from "../src/commands/embed.ts";

const read = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");
const tasks = JSON.parse(read("deno.json")).tasks as Record<string, string>;

for (const [name, createCommand] of Object.entries<() => Command>({
  download: download.createCommand,
  embed: embed.createCommand,
})) {
  test(`README tells every flag of ${name}, and Deno has a task for it`, () => {
    const section = read("README.md").split(`\n## \`${name}\`\n`)[1]!.split("\n## ")[0]!;
    const common = ["--json", "--quiet", "--debug"];
    const flags = createCommand().options.map(({ long }) => long!);
    const missing = flags.filter((flag) => !common.includes(flag) && !section.includes(`\`${flag}\``));
    assert.deepEqual(missing, []);
    assert.match(tasks[name] ?? "", new RegExp(`src/gen\\.ts ${name}\\b`));
  });
}
