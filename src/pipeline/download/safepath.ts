import { InputError } from "../../data/errors.ts";
import { shown } from "../../data/fields.ts";

export const RECORD_NAME = "dataset.json";

const OURS = /\.part(?:\.jsonl)?$/i;

/**
 * The path at which a file of that name is kept below the dataset's folder: the name, or with "_" before it the name that
 * our record has. Throws `InputError` for one that leads out of the folder or is kept for unfinished files.
 */
export function safePath(name: string): string {
  const parts = name.split("/");
  const isPlain = parts.every((part) => part !== "" && part !== "." && part !== ".." && !/[\\\p{Cc}]/u.test(part));
  const reason = !isPlain
    ? "it could lead out of the dataset's folder"
    : OURS.test(name)
      ? 'files that end with ".part" are unfinished ones'
      : undefined;
  if (reason !== undefined) throw new InputError(`Cannot keep a file of the name "${shown(name, 80)}": ${reason}`);
  return name.toLowerCase() === RECORD_NAME ? `_${name}` : name;
}
