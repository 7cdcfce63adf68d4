import type { StoreRecord } from "../../data/records.ts";
import { sha256 } from "../../runtime/files.ts";

/** The columns that every table has, and the one for the ids that the input gives. */
export const ID = "id";
export const EMBEDDING = "embedding";
export const SOURCE_ID = "source_id";

/** A column for a field of the records. */
export interface FieldColumn {
  readonly field: string;
  readonly name: string;
  /** Its type in a table that is made for the records. */
  readonly type: FieldType;
}

type FieldType = "text" | "double precision" | "boolean" | "jsonb";

const TAKEN = [ID, EMBEDDING, SOURCE_ID, "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"]; // the system's
export const MAX_NAME_BYTES = 63;
const HASH_LENGTH = 8;

/** A column for each field that any of the records has, in the order of their first appearance. */
export function fieldColumns(sample: readonly StoreRecord[]): FieldColumn[] {
  const types = new Map<string, FieldType | undefined>();
  for (const { fields } of sample) {
    for (const [field, value] of Object.entries(fields)) types.set(field, commonType(types.get(field), value));
  }
  const used = new Set([...types.keys()].filter(isName));
  return Array.from(types, ([field, type]) => {
    const name = isName(field) ? field : columnName(field, used);
    used.add(name);
    return { field, name, type: type ?? "text" };
  });
}

/** The type that holds values of a type, or of none so far, and another one; null fits all. */
function commonType(type: FieldType | undefined, value: unknown): FieldType | undefined {
  const own = typeOf(value);
  if (own === undefined || own === type || type === undefined) return own ?? type;
  return "jsonb";
}

function typeOf(value: unknown): FieldType | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === "string") return "text";
  if (typeof value === "boolean") return "boolean";
  // Whole numbers too: none is changed by it, and later rows may have fractions.
  return typeof value === "number" ? "double precision" : "jsonb";
}

/** Whether a column may have that name, which no column of another purpose has. */
function isName(field: string): boolean {
  return field !== "" && !TAKEN.includes(field) && !field.includes("\0") && byteLength(field) <= MAX_NAME_BYTES;
}

/** Another name for a field: the same for the same field, so that a second run finds its column again. */
function columnName(field: string, used: ReadonlySet<string>): string {
  const plain = `field_${field}`;
  return isName(plain) && !used.has(plain) ? plain : shortened(field.replaceAll("\0", ""), field);
}

/** A name of at most 63 bytes that begins like `text` and ends with a hash of `whole`. */
export function shortened(text: string, whole: string): string {
  let begin = "";
  for (const character of text) {
    if (byteLength(begin + character) > MAX_NAME_BYTES - HASH_LENGTH - 1) break;
    begin += character;
  }
  return `${begin}_${sha256(whole).slice(0, HASH_LENGTH)}`;
}

export function byteLength(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}
