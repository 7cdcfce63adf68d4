import type { StoreRecord } from "../../data/records.ts";

/** A record as Chroma is to be sent it, in JSON. */
export interface ChromaRow {
  readonly record: StoreRecord;
  /** An object, or null. */
  readonly metadata: Uint8Array;
  /** A text, or null. */
  readonly document: Uint8Array;
}

const DOCUMENT_FIELDS = ["content", "document", "text"];
const ID_FIELD = "source_id";

const encoder = new TextEncoder();
const NULL = encoder.encode("null");

/**
 * Makes rows of records: of the fields `content`, `document` and `text` the first that is a text somewhere in the sample is
 * the document, the others are metadata. A text in place of a row is why Chroma would not take the record.
 */
export function createRowMaker(sample: readonly StoreRecord[]): (record: StoreRecord) => ChromaRow | string {
  const isInSample = (name: string): boolean => sample.some(({ fields }) => typeof fields[name] === "string");
  const documentField = DOCUMENT_FIELDS.find(isInSample) ?? DOCUMENT_FIELDS[0]!;
  return (record) => {
    const { fields, id } = record;
    const document = typeof fields[documentField] === "string" ? fields[documentField] : undefined;
    const entries = Object.entries(fields).filter(
      ([name, value]) => value !== null && value !== undefined && !(name === documentField && document !== undefined),
    );
    if (id !== undefined && fields[ID_FIELD] !== id) {
      if (Object.hasOwn(fields, ID_FIELD)) return `its field "${ID_FIELD}" stands where its id goes`;
      entries.push([ID_FIELD, id]);
    }
    for (const [name, value] of entries) {
      const fault = faultOfName(name) ?? faultOfValue(value);
      if (fault !== undefined) return `its field ${JSON.stringify(name)} ${fault}`;
    }
    const fault = faultOfValue(document);
    if (fault !== undefined) return `its field "${documentField}" ${fault}`;
    const metadata = entries.map(([name, value]) => `${JSON.stringify(name)}:${valueAsJson(value)}`).join();
    return {
      record,
      metadata: metadata === "" ? NULL : encoder.encode(`{${metadata}}`),
      document: document === undefined ? NULL : encoder.encode(JSON.stringify(document)),
    };
  };
}

// Chroma 1.5 refuses the first three without saying which field, 1.0 takes them; what begins with chroma: vanishes in both,
// or becomes the document.
function faultOfName(name: string): string | undefined {
  if (name === "" || /^(?:[#$]|chroma:)/.test(name)) {
    return "has a name that Chroma does not take: expected one that does not begin with #, $ or chroma:, and is not empty";
  }
  return name.isWellFormed() ? undefined : "has a name with half of a character in it (a lone surrogate)";
}

function faultOfValue(value: unknown): string | undefined {
  if (typeof value === "string" && !value.isWellFormed()) return "has half of a character in it (a lone surrogate)";
  if (typeof value === "object" && !isWritable(value)) return "is nested too deeply";
  if (typeof value === "number" && !Number.isFinite(value)) return `is ${value}: expected a finite number`;
  return undefined;
}

function isWritable(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false;
  }
}

/** Objects and lists as texts of JSON: no version takes objects, and only newer ones some lists. */
function valueAsJson(value: unknown): string {
  const json = JSON.stringify(value);
  return typeof value === "object" ? JSON.stringify(json) : json;
}
