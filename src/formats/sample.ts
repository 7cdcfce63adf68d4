import { FACTOR_BYTES, MAX_OBJECTS, OBJECT_TYPES, SLOT_BYTES } from "../core/images.ts";
import { InputError } from "../data/errors.ts";

/** What is known of one image beside its pixels. */
export interface Sample {
  readonly label: number;
  /** Shape (4, 6): the slots of the objects, absent ones zero; see core/images.ts. */
  readonly factors: Uint8Array;
}

/** What a slot says after its type, as the keys of an object. */
const COUNTS = ["colour", "row", "column", "pixels"] as const;

const NAME_DIGITS = 8;

/** The name of row `index`: its number, of at least 8 digits. */
export function sampleName(index: number): string {
  return String(index).padStart(NAME_DIGITS, "0");
}

/** A JSON object of the label and the objects that are present, in ASCII. Throws when no image has such factors. */
export function sampleJson(label: number, factors: Uint8Array): string {
  if (factors.length !== FACTOR_BYTES)
    throw new Error(`Cannot describe ${factors.length} factors: expected ${FACTOR_BYTES}`);
  let objects = "";
  let at = 0;
  for (; factors[at] === 1; at += SLOT_BYTES) {
    const type = OBJECT_TYPES[factors[at + 1]!];
    if (type === undefined) throw new Error(`Cannot name object type ${factors[at + 1]}`);
    if (at > 0) objects += ",";
    objects += `{"type":"${type}","colour":${factors[at + 2]},"row":${factors[at + 3]}`;
    objects += `,"column":${factors[at + 4]},"pixels":${factors[at + 5]}}`;
  }
  for (; at < FACTOR_BYTES; at++) {
    if (factors[at] !== 0) throw new Error(`Cannot describe factor ${at} of an absent object: expected 0`);
  }
  return `{"label":${label},"objects":[${objects}]}`;
}

/** The longest that `sampleJson` can become, in bytes. */
export const SAMPLE_JSON_MAX = longestJson();

/** What `sampleJson` wrote. Throws `InputError` when the text is anything else. */
export function parseSample(text: string): Sample {
  try {
    return sampleOf(JSON.parse(text) as unknown);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`Not the JSON of a sample: ${JSON.stringify(text.slice(0, 60))}`, { cause: error });
  }
}

/** The sample that a JSON value stands for. Throws `InputError` when it is none. */
export function sampleOf(value: unknown): Sample {
  const { label, objects } = recordOf(value, "a sample", ["label", "objects"]);
  if (!Array.isArray(objects) || objects.length > MAX_OBJECTS) {
    throw new InputError(`Cannot read the objects of a sample: expected a list of up to ${MAX_OBJECTS}`);
  }
  const factors = new Uint8Array(FACTOR_BYTES);
  objects.forEach((object: unknown, slot) => {
    const { type, ...rest } = recordOf(object, "an object", ["type", ...COUNTS]);
    const code = (OBJECT_TYPES as readonly unknown[]).indexOf(type);
    if (code < 0) throw new InputError(`Unknown object type ${shown(type)}: expected ${OBJECT_TYPES.join(", ")}`);
    factors.set([1, code, ...COUNTS.map((key) => byteOf(rest[key], key))], slot * SLOT_BYTES);
  });
  return { label: byteOf(label, "label"), factors };
}

function recordOf(value: unknown, what: string, keys: readonly string[]): Record<string, unknown> {
  const found = typeof value === "object" && value !== null ? Object.keys(value) : [];
  if (found.length !== keys.length || keys.some((key) => !found.includes(key))) {
    throw new InputError(`Cannot read ${what} of ${shown(value)}: expected ${keys.join(", ")}`);
  }
  return value as Record<string, unknown>;
}

function byteOf(value: unknown, key: string): number {
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255) return value as number;
  throw new InputError(`Cannot read ${key} ${shown(value)} of a sample: expected 0 to 255`);
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 60);
}

function longestJson(): number {
  const longest = Math.max(...OBJECT_TYPES.map((type) => type.length));
  const type = OBJECT_TYPES.findIndex(({ length }) => length === longest);
  const slot = [1, type, 255, 255, 255, 255];
  return sampleJson(255, Uint8Array.from(Array.from({ length: MAX_OBJECTS }, () => slot).flat())).length;
}
