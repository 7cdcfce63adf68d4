import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import { coreModule } from "../src/core/instance.ts";
import { VERSION } from "../src/data/version.ts";
import * as rules from "./support/rules.ts";
import type { Module } from "./support/rules.ts";
import { codeOf } from "./support/source.ts";

const GENERATED = ["core/core.wasm.ts"];
const MAX_LINES = 300;
const MAX_KERNEL_LINES = 80;

const root = new URL("../", import.meta.url);

function readModules(folder: string): Module[] {
  const names = readdirSync(new URL(folder, root), { recursive: true, encoding: "utf8" });
  return names
    .filter((name) => name.endsWith(".ts"))
    .sort()
    .map((name) => ({
      path: name.replaceAll("\\", "/"),
      text: readFileSync(new URL(`${folder}${name}`, root), "utf8"),
    }));
}

function inFolder(folder: string, modules: readonly Module[]): Module[] {
  return modules.map(({ path, text }) => ({ path: `${folder}/${path}`, text }));
}

function longerThan(limit: number, modules: readonly Module[]): string[] {
  return modules
    .map(({ path, text }) => `${path} ${text.trimEnd().split("\n").length}`)
    .filter((line) => Number(line.split(" ")[1]) > limit);
}

const source = readModules("src/").filter(({ path }) => !GENERATED.includes(path));
const assembly = inFolder("assembly", readModules("assembly/"));
const packageJson = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as {
  readonly version: string;
} & { readonly [group: string]: Record<string, string> | undefined };

test("imports point from the roof to the ground, and never to a neighbour", () => {
  assert.deepEqual(rules.wrongDirections(source), []);
});

test("imports form no cycle", () => {
  assert.deepEqual(rules.cycles(source), []);
});

test("dynamic imports are written out, so that these rules see them", () => {
  assert.deepEqual(source.flatMap(rules.hiddenImports), []);
});

test("only the runtime names the host and its clocks", () => {
  assert.deepEqual(source.flatMap(rules.hostNames), []);
});

test("nothing on the way to a data file calls inexact mathematics", () => {
  assert.deepEqual([...source, ...assembly].flatMap(rules.inexactMath), []);
});

test("the core calls nothing of the host but its abort", () => {
  const imported = WebAssembly.Module.imports(coreModule()).map(({ module, name }) => `${module}.${name}`);
  assert.deepEqual(imported, ["env.abort"]);
});

test("no kernel uses SIMD whose rounding is left to the machine", () => {
  assert.deepEqual(
    assembly.filter(({ text }) => /relaxed/i.test(codeOf(text))).map(({ path }) => path),
    [],
  );
});

test("the vocabulary imports nothing", () => {
  const data = source.filter(({ path }) => rules.folderOf(path) === "data");
  assert.deepEqual(data.flatMap(rules.packagesOf), []);
});

test("the library loads no runtime before it is called", () => {
  const early = [...rules.loadedWith("index.ts", source)];
  assert.deepEqual(
    early.filter((path) => /^(?:runtime|pipeline|report)\//.test(path) || path.startsWith("node:")),
    [],
  );
});

test("the entry loads no command before it is asked for, and no command what only some runs need", () => {
  const early = [...rules.loadedWith("gen.ts", source)];
  assert.deepEqual(
    early.filter((path) => /^(?:commands|pipeline|report|datasets|core)\//.test(path)),
    [],
  );
  const heavy = ["fflate", "esbuild", "cli-progress", "parquet-wasm", "gpt-tokenizer", "pg", "pg-copy-streams"];
  heavy.push("@electric-sql/pglite", "@electric-sql/pglite-pgvector");
  for (const { path } of source.filter((module) => rules.folderOf(module.path) === "commands")) {
    const loaded = rules.loadedWith(path, source);
    assert.deepEqual(
      heavy.filter((name) => loaded.has(name)),
      [],
      path,
    );
  }
});

test("files stay small", () => {
  const tests = inFolder("test", readModules("test/"));
  assert.deepEqual(longerThan(MAX_LINES, [...source, ...tests]), []);
  assert.deepEqual(longerThan(MAX_KERNEL_LINES, assembly), []);
});

test("git ignores no module", (t) => {
  const paths = [...inFolder("src", source), ...assembly].map(({ path }) => path);
  const { status, stdout, stderr } = spawnSync("git", ["check-ignore", "--no-index", ...paths], {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 0 && status !== 1) return t.skip(`not in a git repository: ${stderr ?? "no git"}`);
  assert.equal(stdout, "");
});

test("the version is that of package.json", () => {
  assert.equal(VERSION, packageJson.version);
});

test("every dependency is pinned exactly", () => {
  const groups = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];
  const pins = groups.flatMap((group) => Object.entries(packageJson[group] ?? {}));
  assert.ok(pins.length > 0);
  assert.deepEqual(
    pins.filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version)),
    [],
  );
});

// The rules must be able to fail: each of these breaks one, or looks as if it did.
const broken: [rule: string, module: Module][] = [
  ["wrongDirections", { path: "formats/a.ts", text: 'import { x } from "../pipeline/run.ts";' }],
  ["wrongDirections", { path: "formats/a.ts", text: 'import type { X } from "../sources/b.ts";' }],
  ["wrongDirections", { path: "sources/a.ts", text: 'export * from "../targets/b.ts";' }],
  ["wrongDirections", { path: "report/a.ts", text: 'const m = await import("../datasets/b.ts");' }],
  ["wrongDirections", { path: "core/a.ts", text: 'import "../runtime/files.ts";' }],
  ["wrongDirections", { path: "runtime/a.ts", text: 'import { x } from "../core/flat.ts";' }],
  ["wrongDirections", { path: "index.ts", text: 'import { x } from "./runtime/files.ts";' }],
  ["wrongDirections", { path: "pipeline/a.ts", text: 'const url = new URL("../commands/b.ts", import.meta.url);' }],
  ["cycles", { path: "core/a.ts", text: 'import type { A } from "./a.ts";' }],
  ["hiddenImports", { path: "core/a.ts", text: "const m = await import(name);" }],
  ["hostNames", { path: "core/a.ts", text: 'import fs from "node:fs";' }],
  ["hostNames", { path: "core/a.ts", text: "const seconds = Date.now();" }],
  ["hostNames", { path: "data/a.ts", text: "const text = `${process.argv}`;" }],
  ["hostNames", { path: "pipeline/a.ts", text: "if (/'/.test(x)) Deno.exit();" }],
  ["inexactMath", { path: "core/a.ts", text: "const y = Math.log(x);" }],
  ["inexactMath", { path: "core/a.ts", text: "const { exp } = Math;" }],
  ["inexactMath", { path: "sources/a.ts", text: "const y = x ** 2;" }],
  ["inexactMath", { path: "sources/a.ts", text: "const y = 2 ** n;" }],
  ["inexactMath", { path: "sources/a.ts", text: "y **= 2;" }],
  ["inexactMath", { path: "pipeline/a.ts", text: "const y = Math.random();" }],
  ["inexactMath", { path: "assembly/a.ts", text: "const y = NativeMathf.log(x);" }],
];

const sound: [rule: string, module: Module][] = [
  ["wrongDirections", { path: "report/a.ts", text: 'import { x } from "../runtime/files.ts"; import "../core/b.ts";' }],
  ["wrongDirections", { path: "index.ts", text: 'const m = await import("./runtime/files.ts");' }],
  ["cycles", { path: "core/a.ts", text: '// import "./a.ts"\n/* from "./a.ts" */' }],
  ["hostNames", { path: "core/a.ts", text: 'throw new Error("Deno: a process has no Date"); // process.exit()' }],
  ["hostNames", { path: "core/a.ts", text: "job.process(x); const upDate = `process`;" }],
  ["hostNames", { path: "core/a.ts", text: "const y = values[0]! / (rows * pixels); // process" }],
  ["inexactMath", { path: "core/a.ts", text: "const y = Math.sqrt(x) * 2 ** 32 - 2n ** 66n;" }],
  ["inexactMath", { path: "core/a.ts", text: "/** Math.log(x) */ const y = Math.max(1, 2);" }],
  ["inexactMath", { path: "report/a.ts", text: "const y = Math.log(x);" }],
];

const complaintsOf: Record<string, (module: Module) => string[]> = {
  wrongDirections: (module) => rules.wrongDirections([module]),
  cycles: (module) => rules.cycles([module]),
  hiddenImports: rules.hiddenImports,
  hostNames: rules.hostNames,
  inexactMath: rules.inexactMath,
};

test("the rules see what breaks them, and nothing else", () => {
  for (const [rule, module] of broken) {
    assert.equal(complaintsOf[rule]!(module).length, 1, `${rule}: ${module.text}`);
  }
  for (const [rule, module] of sound) assert.deepEqual(complaintsOf[rule]!(module), [], `${rule}: ${module.text}`);
});
