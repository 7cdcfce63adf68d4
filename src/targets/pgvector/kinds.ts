import type { CopyBuffer } from "./copybuffer.ts";

/** How values reach a column: in a type of a few, which the server then casts to that of the column. */
export interface PgKind {
  /** The type in which they are sent. */
  readonly staged: string;
  /** What is wrong with a value that is not null, as the end of a sentence that begins with its name. */
  refusal(value: unknown): string | undefined;
  /** Appends a value that has no refusal, after its length, in the type's binary format. */
  write(out: CopyBuffer, value: unknown): void;
  /** The same as the type's text. */
  text(value: unknown): string;
}

const REAL_OID = 700;
const HALF_OVERFLOW = 65_520; // halfway from the greatest finite one, 65504, to the next

/** The kind of a column by its type's name in PostgreSQL's catalog, with `type` for messages. */
export function kindOf(typeName: string, type: string): PgKind {
  const integer = INTEGERS[typeName];
  if (integer) return integers(type, integer);
  switch (typeName) {
    case "float8":
      return doubles(type);
    case "float4":
      return { ...doubles(type), refusal: (value) => notA(isNumber, value, type) ?? realRefusal(value as number) };
    case "numeric":
      return texts((value) => notA(isNumber, value, type));
    case "bool":
      return {
        staged: "boolean",
        refusal: (value) => notA((each) => typeof each === "boolean", value, type),
        write(out, value) {
          out.int32(1);
          out.byte(value === true ? 1 : 0);
        },
        text: String,
      };
    case "jsonb":
      return {
        staged: "jsonb",
        refusal: jsonRefusal,
        write: (out, value) => out.text(JSON.stringify(value), JSONB_VERSION),
        text: (value) => JSON.stringify(value),
      };
    case "json":
      return { ...texts(jsonRefusal), ...asText((value) => JSON.stringify(value)) };
    case "text":
    case "varchar":
    case "bpchar":
      return texts((value) => notA(isString, value, type) ?? textRefusal(value as string));
    default: // a type that reads texts in its own way
      return texts((value) =>
        typeof value === "object" ? `is ${shown(value)}: its column takes ${type}` : textRefusal(String(value)),
      );
  }
}

const JSONB_VERSION = [1];

/** Embeddings of `dim` numbers, for a column of `vector` or of `halfvec`; `staged` is the type's name in its schema. */
export function vectors(staged: string, isHalf: boolean): PgKind {
  return {
    staged,
    refusal: (value) => (isHalf ? halfRefusal(value as Float32Array) : undefined),
    write(out, value) {
      const numbers = value as Float32Array;
      out.int32(4 + 4 * numbers.length);
      out.int16(numbers.length);
      out.int16(0); // unused
      out.float32s(numbers);
    },
    text: (value) => `[${numberTexts(value)}]`,
  };
}

/** Embeddings for a column of `real[]`. */
export const realArrays: PgKind = {
  staged: "real[]",
  refusal: () => undefined,
  write(out, value) {
    const numbers = value as Float32Array;
    out.int32(20 + 8 * numbers.length);
    for (const word of [1, 0, REAL_OID, numbers.length, 1]) out.int32(word); // dimensions, NULLs, type, length, begin
    out.sizedFloat32s(numbers);
  },
  text: (value) => `{${numberTexts(value)}}`,
};

const INTEGERS: Readonly<Record<string, number>> = { int2: 2 ** 15, int4: 2 ** 31, int8: 2 ** 63 };

function integers(type: string, limit: number): PgKind {
  return {
    staged: "bigint",
    refusal(value) {
      const isOne = typeof value === "number" && Number.isInteger(value) && value >= -limit && value < limit;
      return isOne ? undefined : `is ${shown(value)}: its column takes ${type}`;
    },
    write(out, value) {
      out.int32(8);
      out.int64(value as number);
    },
    text: (value) => BigInt(value as number).toString(), // no exponent
  };
}

function doubles(type: string): PgKind {
  return {
    staged: "double precision",
    refusal: (value) => notA(isNumber, value, type),
    write(out, value) {
      out.int32(8);
      out.float64(value as number);
    },
    text: (value) => numberText(value as number),
  };
}

function texts(refusal: PgKind["refusal"]): PgKind {
  return { staged: "text", refusal, ...asText(String) };
}

function asText(text: (value: unknown) => string): Pick<PgKind, "write" | "text"> {
  return { write: (out, value) => out.text(text(value)), text };
}

function numberText(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function numberTexts(value: unknown): string {
  return Array.from(value as Float32Array, numberText).join(",");
}

function isNumber(value: unknown): boolean {
  return typeof value === "number";
}

function isString(value: unknown): boolean {
  return typeof value === "string";
}

function notA(isOne: (value: unknown) => boolean, value: unknown, type: string): string | undefined {
  return isOne(value) ? undefined : `is ${shown(value)}: its column takes ${type}`;
}

function realRefusal(value: number): string | undefined {
  const rounded = Math.fround(value);
  const isOne = Number.isFinite(rounded) && (rounded !== 0 || value === 0);
  return isOne ? undefined : `is ${value}: its column takes real`;
}

function textRefusal(text: string): string | undefined {
  if (text.includes("\0")) return "has a NUL character, which PostgreSQL cannot store";
  return text.isWellFormed() ? undefined : "has half a surrogate pair, which PostgreSQL cannot store";
}

/** Escapes that `jsonb` cannot take, behind an even number of backslashes: NUL, and surrogates without the other half. */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f]..)/;

function jsonRefusal(value: unknown): string | undefined {
  try {
    const found = UNSTORABLE.exec(JSON.stringify(value))?.[0];
    return found && textRefusal(found.endsWith("0000") ? "\0" : "\ud800");
  } catch {
    return "is nested too deeply";
  }
}

function halfRefusal(numbers: Float32Array): string | undefined {
  for (let i = 0; i < numbers.length; i++) {
    if (Math.abs(numbers[i]!) >= HALF_OVERFLOW)
      return `has ${numbers[i]} at ${i}: its column takes halfvec, up to 65504`;
  }
  return undefined;
}

function shown(value: unknown): string {
  if (typeof value === "string") return "a text";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : String(value);
}
