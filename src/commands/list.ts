import { Command } from "commander";
import { rootOf } from "../pipeline/root.ts";
import { listFolder } from "../runtime/files.ts";
import { shown } from "../data/fields.ts";
import { listDatasets, type Listed } from "./listed.ts";
import { addOutputOptions, createOutput, type OutputOptions } from "./output.ts";
import { showBytes, showCount } from "./show.ts";
import { rootVariable, tellHidden } from "./variables.ts";

interface Flags extends OutputOptions {
  readonly root?: string;
}

/** `list`: the datasets under the root. */
export function createCommand(): Command {
  const command = new Command("list")
    .description(
      "List the datasets under the root: what was downloaded, processed and embedded. Files are looked for, and their\n" +
        "lengths compared with what their records say; `verify` looks into them. Damaged is what is not as its record says,\n" +
        "foreign what no command of seedbed would have left so.",
    )
    .option("--root <folder>", "default: SEEDBED_ROOT, else /workspace where it can be written, else ./workspace")
    .addHelpText("after", "\nExamples:\n  $ seedbed list\n  $ seedbed list --root /data --json")
    .action(() => run(command.opts<Flags>()));
  return addOutputOptions(command);
}

function run(flags: Flags): void {
  const output = createOutput(flags);
  tellHidden(rootVariable(flags.root), flags);
  const { path: root, why } = rootOf(flags.root);
  listFolder(root); // a root that cannot be read is no empty one
  const listed = listDatasets(root.replace(/(?<=.)\/+$/, ""));
  output.result({ root, datasets: listed });
  if (flags.json) return;
  if (listed.length === 0)
    return output.say(`No datasets under ${root} (${why}); see seedbed download and seedbed embed`);
  output.say(`${root} (${why})`);
  for (const line of table(listed)) output.say(line);
}

function orBlank(count: number | null, show: (count: number) => string): string {
  return count === null ? "" : show(count);
}

/** Columns as wide as their widest cell, numbers to the right. */
function table(listed: readonly Listed[]): string[] {
  const rows = [
    ["kind", "dataset", "split", "source or model", "rows", "files", "bytes", "state"],
    ...listed.map(({ kind, dataset, split, by, rows: count, files, bytes, state }) => [
      ...[kind, shown(dataset), shown(split), shown(by), orBlank(count, showCount), orBlank(files, showCount)],
      ...[orBlank(bytes, showBytes), state],
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const isNumber = (column: number) => column >= 4 && column <= 6;
  return rows.map((row) =>
    row
      .map((cell, at) => (isNumber(at) ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!)))
      .join("  ")
      .trimEnd(),
  );
}
