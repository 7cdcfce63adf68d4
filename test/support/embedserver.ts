import type { OpenaiDouble, OpenaiDoubleOptions } from "../doubles/openai.ts";
import { withOpenai } from "../doubles/withopenai.ts";
import type { BuiltCli } from "./built.ts";
import type { CliResult } from "./cli.ts";
import { FIXED, openaiVariables, placesOf, runWith, SMALL, writeRows } from "./embed.ts";
import { withTempFolder } from "./temp.ts";

/** A double, and runs of `embed` against it. */
export interface Served {
  readonly double: OpenaiDouble;
  readonly root: string;
  readonly index: string;
  readonly variables: Record<string, string>;
  readonly args: readonly string[];
  /** All that runs have said. */
  readonly said: string[];
  run(...flags: string[]): Promise<CliResult>;
}

/** Runs `use` with a file of these rows and a double. */
export async function withServer(
  cli: BuiltCli,
  rows: readonly object[],
  options: OpenaiDoubleOptions,
  use: (served: Served) => Promise<void>,
): Promise<void> {
  await withTempFolder((folder) =>
    withOpenai(options, async (double) => {
      const input = `${folder}/texts.jsonl`;
      writeRows(input, rows);
      const root = `${folder}/root`;
      const variables = { ...FIXED, ...openaiVariables(double), OPENAI_TIMEOUT: "2" };
      const args = ["--dataset", input, "--provider", "openai", "--n", "1m", "--dimensions", "16"];
      const said: string[] = [];
      await use({
        ...{ double, variables, args, root, index: placesOf(root, SMALL, "texts").index, said },
        async run(...flags) {
          const result = await runWith(cli, variables, "embed", ...args, "--root", root, ...flags);
          said.push(result.stdout, result.stderr);
          return result;
        },
      });
    }),
  );
}

/** Texts that were paid for more than once. */
export function paidTwice({ bill }: OpenaiDouble): string[] {
  return [...bill.texts].filter(([, count]) => count > 1).map(([text]) => text);
}

/** What a run printed for `--json`. */
export function resultOf({ stdout }: CliResult): Record<string, number> {
  return JSON.parse(stdout) as Record<string, number>;
}
