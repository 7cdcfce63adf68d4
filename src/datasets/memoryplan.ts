import { createCore } from "../core/instance.ts";
import { InputError } from "../data/errors.ts";
import type { FileSpec, FormatSpec, MemoryLinesSpec, Pass, SourceSpec } from "../data/plan.ts";
import { memoryLinesEncoder } from "../formats/memorylines.ts";
import { MAX_ROW_GROUPS } from "../formats/parquetfooter.ts";
import { hashRecipe } from "../pipeline/manifest.ts";
import { openSource } from "../sources/table.ts";
import { memoryBlockRows, memorySources, type MemoriesRecipe } from "./memories.ts";

const LINES_MEASURED = 64;
const ID_DIGITS = 12;

/** The files that are written for a stem such as `synthetic_memories`. */
export function memoryFiles({ format }: Pick<MemoriesRecipe, "format">, stem: string): string[] {
  return format === "npy" ? [`${stem}.npy`, `${stem}.metadata.jsonl`] : [`${stem}.${format}`];
}

/** The files of the recipe, under these names, and how to make them. */
export function planMemories(recipe: MemoriesRecipe, centroids: Float32Array, names: readonly string[]): Pass[] {
  const [rowStart, rowEnd] = recipe.range;
  const sources = memorySources(recipe, centroids);
  const files = formatsOf(recipe, sources).map((format, at): FileSpec => ({ name: names[at]!, format }));
  return [{ sources, files, rowStart, rowEnd, blockRows: memoryBlockRows(recipe) }];
}

/** Of each file. */
function formatsOf(recipe: MemoriesRecipe, sources: readonly SourceSpec[]): FormatSpec[] {
  const { format, digits } = recipe;
  const idPrefix = `${memoryIdentity(recipe)}-`;
  if (format === "parquet") return [{ kind: "memoryparquet", idPrefix, groupRows: groupRowsOf(recipe) }];
  const withEmbedding = format === "jsonl";
  const draft: MemoryLinesSpec = { kind: "memorylines", idPrefix, withEmbedding, digits, lineBytes: 0 };
  const lines = { ...draft, lineBytes: measureLines(sources, draft, recipe) };
  return format === "jsonl" ? [lines] : [{ kind: "npy", field: "embedding" }, lines];
}

/** Of a row group. Throws `InputError` where there would be too many groups. */
function groupRowsOf(recipe: MemoriesRecipe): number {
  const groupRows = memoryBlockRows(recipe);
  const rows = recipe.range[1] - recipe.range[0];
  const most = groupRows * MAX_ROW_GROUPS;
  if (rows <= most) return groupRows;
  throw new InputError(
    `${rows} memories are too many for one Parquet file: at most ${most} of ${recipe.dim} values are allowed, ` +
      "give a range of rows",
  );
}

/** What ids begin with: it stands for all that a memory depends on, so that more memories, or another format, keep their ids. */
function memoryIdentity({ kind, dim, centroids, std_dev, normalize, confidence, seed }: MemoriesRecipe): string {
  return hashRecipe({ kind, dim, centroids, std_dev, normalize, confidence, seed }).slice(0, ID_DIGITS);
}

/** The mean length of the first lines. */
function measureLines(sources: readonly SourceSpec[], spec: MemoryLinesSpec, { dim, range }: MemoriesRecipe): number {
  const rows = Math.min(LINES_MEASURED, range[1] - range[0]);
  const core = createCore();
  const encoder = memoryLinesEncoder(core, spec, dim, rows);
  return encoder.encode(openSource(core, sources, rows).read(range[0], rows)).bytes.length / rows;
}
