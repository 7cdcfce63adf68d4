import type { EndOfNumbers } from "../core/plainnumbers.ts";
import type { BadRecord, StoreRecord } from "../data/records.ts";
import { MAX_LINE_BYTES, type LineBytes } from "./linebytes.ts";
import { plainArrayIn } from "./plainnumbers.ts";
import { VECTOR_FIELDS } from "./vectorrows.ts";

/** What a line of JSON says of a row; a text says why it is no such line. */
export type ParsedLine = { readonly value: unknown; readonly text: string } | string;

/** Where a row stands. */
interface RowPlace {
  readonly row: number;
  readonly line: number;
}

/** In the place of a vector that is not read; no other array or object under that key can be taken for it. */
const VECTOR = "\0the vector";

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Whether nothing is in it but white space. */
export function isBlankLine({ bytes }: LineBytes): boolean {
  return bytes !== undefined && bytes.every((byte) => byte === 32 || (byte >= 9 && byte <= 13));
}

export function parseLine({ bytes }: LineBytes): ParsedLine {
  if (!bytes) return `longer than ${MAX_LINE_BYTES} bytes`;
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    return "not UTF-8 text";
  }
  try {
    return { value: JSON.parse(text), text };
  } catch {
    const [number] = /(?<=[[,:] ?)[-+]?(?:NaN|Infinity|nan|inf)(?=[,\]}])/.exec(text) ?? [];
    if (number) return `not JSON, which has no ${number}`;
    return `not JSON: ${JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)}`;
  }
}

/** How many values the vector of a line has; undefined where it has none. */
export function lengthOfVector(value: unknown): number | undefined {
  const { vector } = vectorIn(value);
  return Array.isArray(vector) && vector.length > 0 ? vector.length : undefined;
}

/**
 * The row of a line that holds all of it: an array of numbers, or an object with such an array and other fields. With
 * `endOfNumbers` it keeps its text, where that says all, and may read its vector later.
 */
export function recordOf(
  line: LineBytes,
  row: number,
  dim: number,
  endOfNumbers?: EndOfNumbers,
): StoreRecord | BadRecord {
  const place = { row, line: line.number };
  const bytes = line.bytes && withoutBom(line.bytes);
  const plain = endOfNumbers && bytes && plainRecord(bytes, place, dim, endOfNumbers);
  if (plain) return plain;
  const parsed = parseLine(line);
  if (typeof parsed === "string") return { ...place, id: undefined, reason: parsed };
  const { value, text } = parsed;
  const { name, vector, object } = vectorIn(value);
  const { id, reason } = idIn(object);
  if (reason !== undefined) return { ...place, id, reason };
  if (vector === undefined) {
    const expected = `an array of numbers, or one under ${VECTOR_FIELDS.join(", ")}`;
    return { ...place, id, reason: `no vector: expected ${expected}` };
  }
  const embedding = embeddingOf(vector, dim);
  if (typeof embedding === "string") return { ...place, id, reason: embedding };
  if (!object || name === undefined) return { ...place, id, embedding, fields: {}, json: undefined };
  const { [name]: _vector, id: given, ...fields } = object;
  const isAsSent = endOfNumbers !== undefined && name === "embedding" && typeof given === "string";
  const rounded = isAsSent ? undefined : roundedField(fields, text);
  if (rounded !== undefined) return { ...place, id, reason: rounded };
  return { ...place, id, embedding, fields, json: isAsSent ? bytes : undefined };
}

/** The same of a line whose vector can be told to be one without reading it: its values are read when they are asked for. */
function plainRecord(
  json: Uint8Array,
  { row, line }: RowPlace,
  dim: number,
  endOfNumbers: EndOfNumbers,
): StoreRecord | undefined {
  const span = plainArrayIn(json, dim, endOfNumbers);
  if (!span) return undefined;
  const { start, end } = span;
  let object: JsonObject | undefined;
  try {
    const rest = `${decoder.decode(json.subarray(0, start))}${JSON.stringify(VECTOR)}${decoder.decode(json.subarray(end))}`;
    object = objectOf(JSON.parse(rest));
  } catch {
    return undefined;
  }
  const { embedding: vector, id, ...fields } = object ?? {};
  if (vector !== VECTOR || typeof id !== "string" || id === "") return undefined;
  let embedding: Float32Array | undefined;
  return {
    ...{ row, line, id, fields, json },
    get embedding() {
      return (embedding ??= new Float32Array(JSON.parse(decoder.decode(json.subarray(start, end))) as number[]));
    },
  };
}

const BOM = [0xef, 0xbb, 0xbf];

/** A file may begin with a mark that no JSON begins with. */
function withoutBom(bytes: Uint8Array): Uint8Array {
  return BOM.every((byte, at) => bytes[at] === byte) ? bytes.subarray(BOM.length) : bytes;
}

/** The id and the other fields of a row whose vector stands elsewhere. */
export function metadataOf({ value, text }: Exclude<ParsedLine, string>):
  | {
      readonly id: string | undefined;
      readonly fields: Readonly<Record<string, unknown>>;
    }
  | { readonly id: string | undefined; readonly reason: string } {
  const object = objectOf(value);
  if (!object) return { id: undefined, reason: "no JSON object" };
  const { id, reason } = idIn(object);
  if (reason !== undefined) return { id, reason };
  const { id: _id, ...fields } = object;
  const rounded = roundedField(fields, text);
  return rounded === undefined ? { id, fields } : { id, reason: rounded };
}

/** Why a field would be stored as another number than was written; undefined where none is. */
function roundedField(fields: JsonObject, text: string): string | undefined {
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value !== "number" || !Number.isInteger(value) || Number.isSafeInteger(value)) continue;
    if (LONG_NUMBER.test(text)) return `field ${JSON.stringify(name)} is a whole number ${BEYOND}`;
  }
  return undefined;
}

const LONG_NUMBER = /(?<![\d.])[1-9]\d{15}/; // which 1e20 is not
const BEYOND = "beyond 2^53, which would be rounded: write it as text";

/** Why a vector cannot be stored; undefined where it can. */
export function faultOfVector(values: Float32Array): string | undefined {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * 0; // stays 0 where all are finite
  if (sum === 0) return undefined;
  const at = values.findIndex((value) => !Number.isFinite(value));
  return `value ${at} of its vector is ${values[at]}`;
}

type JsonObject = Readonly<Record<string, unknown>>;

function objectOf(value: unknown): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

function vectorIn(value: unknown): { name?: string; vector: unknown; object?: JsonObject } {
  if (Array.isArray(value)) return { vector: value };
  const object = objectOf(value);
  const name = object && VECTOR_FIELDS.find((field) => Object.hasOwn(object, field));
  return name === undefined
    ? { vector: undefined, object: object ?? {} }
    : { name, vector: object![name], object: object! };
}

function idIn(object: JsonObject | undefined): { id: string | undefined; reason?: string } {
  const given = object?.["id"] ?? undefined;
  if (given === undefined) return { id: undefined };
  if (typeof given === "string" && given !== "") return { id: given };
  if (Number.isSafeInteger(given)) return { id: String(given) };
  if (Number.isInteger(given)) return { id: undefined, reason: `its id is a whole number ${BEYOND}` };
  return { id: undefined, reason: `its id is ${shown(given)}: expected a text or a whole number` };
}

function embeddingOf(vector: unknown, dim: number): Float32Array | string {
  if (!Array.isArray(vector)) return `its vector is ${shown(vector)}: expected an array of numbers`;
  if (vector.length !== dim) return `its vector has ${vector.length} values, expected ${dim}`;
  const values = new Float32Array(dim);
  for (let i = 0; i < dim; i++) {
    const value: unknown = vector[i];
    if (typeof value !== "number") return `value ${i} of its vector is ${shown(value)}`;
    values[i] = value;
  }
  const fault = faultOfVector(values);
  return fault === undefined ? values : `${fault} as float32`;
}

function shown(value: unknown): string {
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "an array" : "an object"; // however deep
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
