import { InputError } from "../data/errors.ts";
import type { ByteSource } from "../data/format.ts";
import type { VectorFile } from "../data/vectors.ts";
import { readLines } from "./jsonl.ts";
import { blockRowsOf, checkShape, VECTOR_FIELDS } from "./vectorrows.ts";

/**
 * The vectors of a JSONL text: lines that are arrays of numbers, or objects with such an array under the name that the
 * first of them has. Blank lines are skipped. Throws `InputError` naming the line that is another.
 */
export async function openJsonlVectors(source: ByteSource): Promise<VectorFile> {
  const first = await readFirst(source);
  const dim = first.vector.length;
  checkShape(1, dim);
  return {
    kind: "jsonl",
    dim,
    rows: undefined,
    async *blocks() {
      const blockRows = blockRowsOf(dim);
      const data = new Float32Array(blockRows * dim);
      let start = 0;
      let rows = 0;
      for await (const line of readLines(source)) {
        if (isBlank(line.text)) continue;
        fill(data, rows * dim, line.number, vectorOf(line.number, parse(line), first.field), first);
        if (++rows < blockRows) continue;
        yield { start, rows, data };
        [start, rows] = [start + rows, 0];
      }
      if (rows > 0) yield { start, rows, data: data.subarray(0, rows * dim) };
    },
  };
}

interface Line {
  readonly number: number;
  readonly text: string;
}

interface FirstVector {
  readonly number: number;
  /** Undefined where the line is the vector. */
  readonly field: string | undefined;
  readonly vector: readonly unknown[];
}

async function readFirst(source: ByteSource): Promise<FirstVector> {
  for await (const line of readLines(source)) {
    if (isBlank(line.text)) continue;
    const value = parse(line);
    const field = Array.isArray(value) ? undefined : fieldOf(line.number, value);
    return { number: line.number, field, vector: vectorOf(line.number, value, field) };
  }
  throw new InputError("It has no rows: expected at least one vector");
}

function isBlank(text: string): boolean {
  return text.length < 100 && text.trim() === "";
}

function parse({ number, text }: Line): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InputError(`Line ${number} is not JSON: ${JSON.stringify(text.slice(0, 60))}`, { cause });
  }
}

function fieldOf(number: number, value: unknown): string {
  const field = VECTOR_FIELDS.find((name) => typeof value === "object" && value !== null && Object.hasOwn(value, name));
  if (field === undefined)
    throw new InputError(`Line ${number} has no vector: expected an array, or one under ${VECTOR_FIELDS.join(", ")}`);
  return field;
}

function vectorOf(number: number, value: unknown, field: string | undefined): readonly unknown[] {
  const vector = field === undefined ? value : (value as Record<string, unknown> | null)?.[field];
  if (!Array.isArray(vector))
    throw new InputError(`Line ${number} has no array of numbers${field === undefined ? "" : ` under "${field}"`}`);
  return vector;
}

function fill(data: Float32Array, at: number, number: number, vector: readonly unknown[], first: FirstVector): void {
  const dim = first.vector.length;
  if (vector.length !== dim)
    throw new InputError(`Line ${number} has ${vector.length} values, expected ${dim} as in line ${first.number}`);
  for (let i = 0; i < dim; i++) {
    const value = vector[i];
    if (typeof value !== "number") throw new InputError(`Line ${number}: value ${i} of its vector is no number`);
    data[at + i] = value;
  }
}
