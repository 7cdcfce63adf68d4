import type { Core } from "../core/instance.ts";
import { createLineWriter, longestLine, type LinePart } from "../core/lines.ts";
import type { Encoder, FileLength } from "../data/format.ts";
import type { MemoryLinesSpec } from "../data/plan.ts";
import { columnOf } from "../data/rows.ts";
import { OBJECTS, ROW_DIGITS, TOPICS, VERBS } from "./memorywords.ts";

/** Fields of a memory: float32 (dim,) and (), u32 and u32, the last being the number of its sentence. */
const MEMORY_FIELDS = ["embedding", "confidence", "cluster", "sentence"] as const;

/**
 * One memory a line: `content`, `embedding`, `confidence`, `id`, `cluster`, as JSON. The content is
 * `Synthetic memory {row}: {topic} {verb} {object}.`, the id the prefix and the row.
 */
export function memoryLinesEncoder(core: Core, spec: MemoryLinesSpec, dim: number, maxRows: number): Encoder {
  const parts = partsOf(spec, dim);
  const write = createLineWriter(
    core,
    parts.map(({ part }) => part),
    maxRows,
  );
  return {
    historyRows: 0,
    encode(block) {
      const columns = parts.map(({ field }) =>
        field === undefined ? undefined : (columnOf(block, field).data as Float32Array | Uint32Array),
      );
      return { bytes: write(block.start, block.rows, columns) };
    },
  };
}

export function memoryLinesLength(spec: MemoryLinesSpec, dim: number, rows: number): FileLength {
  const longest = longestLine(partsOf(spec, dim).map(({ part }) => part));
  return { expected: Math.round(rows * spec.lineBytes), atMost: rows * longest };
}

interface FieldPart {
  readonly part: LinePart;
  readonly field?: (typeof MEMORY_FIELDS)[number];
}

function partsOf({ idPrefix, withEmbedding, digits }: MemoryLinesSpec, dim: number): FieldPart[] {
  const row: FieldPart = { part: { kind: "row", width: ROW_DIGITS } };
  const embedding: FieldPart[] = [
    text('.","embedding":['),
    { part: { kind: "floats", length: dim, digits }, field: "embedding" },
    text('],"confidence":'),
  ];
  return [
    text('{"content":"Synthetic memory '),
    row,
    text(": "),
    words(TOPICS, VERBS.length * OBJECTS.length),
    text(" "),
    words(VERBS, OBJECTS.length),
    text(" "),
    words(OBJECTS, 1),
    ...(withEmbedding ? embedding : [text('.","confidence":')]),
    { part: { kind: "floats", length: 1, digits: 0 }, field: "confidence" },
    text(`,"id":"${idPrefix}`),
    row,
    text('","cluster":'),
    { part: { kind: "number" }, field: "cluster" },
    text("}\n"),
  ];
}

function text(value: string): FieldPart {
  return { part: { kind: "text", text: value } };
}

function words(pieces: readonly string[], divisor: number): FieldPart {
  return { part: { kind: "numbered", pieces, divisor }, field: "sentence" };
}
