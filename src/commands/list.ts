import { Command } from "commander";
import { embeddedDatasets } from "../pipeline/embed/indexes.ts";
import { downloaded } from "../pipeline/embed/rawdataset.ts";
import { rootOf } from "../pipeline/root.ts";
import { fileLength } from "../runtime/files.ts";
import { addOutputOptions, createOutput, type OutputOptions } from "./output.ts";
import { showBytes, showCount } from "./show.ts";

interface Flags extends OutputOptions {
  readonly root?: string;
}

/** A line of the list. */
interface Listed {
  readonly kind: "raw" | "embeddings";
  readonly dataset: string;
  readonly split: string;
  /** Where raw ones come from, or which model embedded them. */
  readonly by: string;
  readonly rows: number | null;
  readonly files: number;
  readonly bytes: number;
  readonly state: "complete" | "unfinished" | "damaged";
  readonly path: string;
}

/** `list`: the datasets under the root. */
export function createCommand(): Command {
  const command = new Command("list")
    .description(
      "List the datasets under the root: what was downloaded, and what was embedded. Files are looked for, and their\n" +
        "lengths compared with what their manifests say; `verify` looks into them.",
    )
    .option("--root <folder>", "default: SEEDBED_ROOT, else /workspace where it can be written, else ./workspace")
    .addHelpText("after", "\nExamples:\n  $ seedbed list\n  $ seedbed list --root /data --json")
    .action(() => run(command.opts<Flags>()));
  return addOutputOptions(command);
}

function run(flags: Flags): void {
  const output = createOutput(flags);
  const { path: root, why } = rootOf(flags.root);
  const listed = [...rawDatasets(root), ...embeddings(root)];
  output.result({ root, datasets: listed });
  if (flags.json) return;
  if (listed.length === 0)
    return output.say(`No datasets under ${root} (${why}); see seedbed download and seedbed embed`);
  output.say(`${root} (${why})`);
  for (const line of table(listed)) output.say(line);
}

function rawDatasets(root: string): Listed[] {
  const { whole, damaged } = downloaded(root);
  const listed = whole.map(({ folder, source, version, record }): Listed => ({
    ...{ kind: "raw", dataset: record.dataset, split: version, by: source, rows: null, files: record.files.length },
    bytes: record.files.reduce((sum, { bytes }) => sum + bytes, 0),
    state: record.files.every(({ path, bytes }) => fileLength(`${folder}/${path}`) === bytes) ? "complete" : "damaged",
    path: folder.slice(root.length + 1),
  }));
  const unknown = damaged.map(({ folder, source, dataset, version }): Listed => ({
    ...{ kind: "raw", dataset, split: version, by: source, ...UNKNOWN, path: folder.slice(root.length + 1) },
  }));
  return [...listed, ...unknown];
}

/** Of a folder whose record or manifest cannot be understood. */
const UNKNOWN = { rows: null, files: 0, bytes: 0, state: "damaged" } as const;

function embeddings(root: string): Listed[] {
  const { whole, damaged } = embeddedDatasets(root);
  const listed = whole.flatMap(({ folder, manifest }) =>
    manifest.splits.map(({ split, complete }): Listed => {
      const shards = manifest.shards.filter((shard) => shard.split === split);
      const areThere = shards.every(({ path, bytes }) => fileLength(`${root}/${path}`) === bytes);
      return {
        ...{ kind: "embeddings", dataset: manifest.dataset, split, by: manifest.model },
        rows: shards.reduce((sum, { rows }) => sum + rows, 0),
        files: shards.length,
        bytes: shards.reduce((sum, { bytes }) => sum + bytes, 0),
        state: areThere ? (complete ? "complete" : "unfinished") : "damaged",
        path: folder,
      };
    }),
  );
  const unknown = damaged.map(({ folder, model, dataset }): Listed => ({
    ...{ kind: "embeddings", dataset, split: "", by: model, ...UNKNOWN, path: folder },
  }));
  return [...listed, ...unknown];
}

/** Columns as wide as their widest cell, numbers to the right. */
function table(listed: readonly Listed[]): string[] {
  const rows = [
    ["kind", "dataset", "split", "source or model", "rows", "files", "bytes", "state"],
    ...listed.map(({ kind, dataset, split, by, rows: count, files, bytes, state }) => [
      ...[kind, dataset, split, by, count === null ? "" : showCount(count), showCount(files), showBytes(bytes), state],
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
