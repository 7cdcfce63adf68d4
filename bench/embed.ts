import { readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { showSize } from "../src/commands/show.ts";
import { openParquetVectors } from "../src/formats/parquetvectors.ts";
import { openFile } from "../src/runtime/files.ts";
import { startDoubleProcess } from "./doubleprocess.ts";
import { measureDownloads } from "./downloads.ts";
import { withFolder } from "./folder.ts";
import { builtBin } from "./job.ts";
import type { Options, Scope } from "./options.ts";
import { runMeasured } from "./process.ts";
import { buildRawSender } from "./rawprogram.ts";
import { ask, type Tools } from "./tools.ts";
import { measureUsages, printUsages, type Program, type UsageResult } from "./usages.ts";

const TEXTS: Readonly<Record<Scope, number>> = { quick: 2000, full: 100_000, memory: 100_000 };
const BATCH = 256; // the default of `embed`
const THREADS = 20;
const COMPARED_VALUES = 100 * 1536;
const WORDS = "sea hill river stone cloud winter garden letter bridge lamp engine harbour".split(" ");

/** Embeds texts by a stand-in for OpenAI, which is the limit there, and offline, and downloads a file. */
export async function measureEmbed({ sizes, scope, rounds }: Options, tools: Tools): Promise<UsageResult[]> {
  const isAlone = scope === "memory";
  const found: UsageResult[] = [];
  for (const count of sizes ?? [TEXTS[scope]]) {
    await withFolder(async (folder) => {
      const texts = `${folder}/texts.jsonl`;
      writeTexts(texts, count);
      for (const measure of [measureOpenai, measureLocal]) {
        const results = await measure(texts, count, rounds, isAlone, tools);
        printUsages(results, "texts");
        found.push(...results);
      }
    });
  }
  return [...found, ...(await measureDownloads(scope, rounds, tools))];
}

function writeTexts(path: string, count: number): void {
  const lines = Array.from({ length: count }, (_, row) => {
    const words = Array.from({ length: 10 }, (__, at) => WORDS[(row * 7 + at * at * 3 + (row >> (at % 8))) % 12]);
    return `${JSON.stringify({ id: `row-${row}`, text: `Text ${row}: ${words.join(" ")}` })}\n`;
  });
  writeFileSync(path, lines.join(""));
}

type Measure = (texts: string, count: number, rounds: number, isAlone: boolean, tools: Tools) => Promise<UsageResult[]>;

const measureOpenai: Measure = async (texts, count, rounds, isAlone, { time, python }) => {
  let expected: string | undefined;
  const program = (
    name: string,
    command: (scratch: string, url: string, key: string) => string[],
    fileOf?: (scratch: string) => string,
  ) => ({
    name,
    run: () =>
      withFolder(async (scratch) => {
        const double = await startDoubleProcess("test/doubles/openai.ts", ["--port", "0"]); // its bill grows
        try {
          const [url, key] = double.line.split(" ").map((pair) => pair.split("=")[1]!) as [string, string];
          const variables = { OPENAI_BASE_URL: url, OPENAI_API_KEY: key };
          const usage = runMeasured(command(scratch, url, key), scratch, time, variables);
          if (!fileOf) return usage;
          const vectors = await firstVectors(fileOf(scratch));
          if ((expected ??= vectors) !== vectors) throw new Error(`Cannot compare: the vectors of ${name} are others`);
          return usage;
        } finally {
          await double.stop();
        }
      }),
  });
  const programs: Program[] = [
    program(
      "seedbed embed",
      (scratch) => [...embedCommand(texts, count, scratch), "--provider", "openai"],
      (scratch) => `${scratch}/embeddings/text-embedding-3-small/texts/default/shard-00000.parquet`,
    ),
  ];
  if (!isAlone) programs.push(program("the server's own rate, node:http", await rawCommand(texts)));
  const peer = (name: string, kind: string) =>
    program(
      name,
      (scratch) => [
        ...[python!, "-B", "bench/peers/embed.py", texts, `${scratch}/out.parquet`],
        ...[`${BATCH}`, `${THREADS}`, kind],
      ],
      (scratch) => `${scratch}/out.parquet`,
    );
  const has = (name: string) => !isAlone && python !== null && ask(python, ["-c", `import ${name}`]) !== null;
  if (has("pyarrow")) {
    programs.push(peer(`Python, http.client, ${THREADS} threads`, "http"));
    if (has("openai")) programs.push(peer(`Python, openai, ${THREADS} threads`, "openai"));
    else console.log("Python's package openai: left out: it is not installed\n");
  }
  return measureUsages(`${showSize(count)} texts by OpenAI's API, 1536 values`, count, programs, rounds);
};

/** What sends requests that were made before and looks at no answer. */
async function rawCommand(texts: string): Promise<(scratch: string, url: string, key: string) => string[]> {
  const folder = dirname(texts);
  const sender = await buildRawSender(folder);
  const lines = readFileSync(texts, "utf8").trimEnd().split("\n");
  const bodies: string[] = [];
  for (let at = 0; at < lines.length; at += BATCH) {
    const input = lines.slice(at, at + BATCH).map((line) => (JSON.parse(line) as { text: string }).text);
    bodies.push(`${JSON.stringify({ model: "text-embedding-3-small", input, encoding_format: "base64" })}\n`);
  }
  const requests = `${folder}/requests`;
  writeFileSync(requests, bodies.join(""));
  return (_, url, key) => [process.execPath, sender, requests, `${url}/embeddings`, `${THREADS}`, "http", key];
}

const measureLocal: Measure = async (texts, count, rounds, _, { time }) => {
  const command = (scratch: string) => [...embedCommand(texts, count, scratch), "--provider", "local"];
  const run = () => withFolder(async (scratch) => runMeasured(command(scratch), scratch, time));
  return measureUsages(`${showSize(count)} texts offline, 768 values`, count, [{ name: "seedbed embed", run }], rounds);
};

function embedCommand(texts: string, count: number, root: string): string[] {
  return [...builtBin(), "embed", "--dataset", texts, "--root", root, "--n", `${count}`, "--quiet"];
}

/** The first vectors of a Parquet file, as text. */
async function firstVectors(path: string): Promise<string> {
  const file = await openFile(path);
  try {
    const { value } = await (await openParquetVectors(file)).blocks().next();
    return String(value?.data.subarray(0, COMPARED_VALUES).join());
  } finally {
    await file.close();
  }
}
