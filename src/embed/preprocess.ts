import { InputError } from "../data/errors.ts";

/** What is done to every text before anything else. */
export interface Preprocessing {
  /** Its steps in their order, joined by ",". */
  readonly name: string;
  apply(text: string): string;
}

/** What manifests say where nothing is done. */
export const NO_PREPROCESSING = "none";

/** Unicode's White_Space, written out: what `\s` takes is another set, and up to the engine. */
const WHITE_SPACE = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;

// Nothing that depends on a locale, nor on properties that a new version of Unicode may change: so no lower case.
const steps: Readonly<Record<string, Preprocessing["apply"]>> = {
  nfc: (text) => text.normalize("NFC"),
  nfkc: (text) => text.normalize("NFKC"),
  spaces: (text) => text.replace(WHITE_SPACE, " ").replace(/^ | $/g, ""),
};

export const PREPROCESSING_STEPS = Object.keys(steps).join(", ");

/** Steps that are done one after the other, from a list such as "nfc,spaces". Throws `InputError` for unknown and repeated ones. */
export function createPreprocessing(list: string): Preprocessing {
  const names = list.split(",");
  for (const [at, name] of names.entries()) {
    const fault = !Object.hasOwn(steps, name) ? "is not known" : names.indexOf(name) < at ? "comes twice" : undefined;
    if (fault !== undefined)
      throw new InputError(
        `Step ${JSON.stringify(name)} of preprocessing ${fault}: give some of ${PREPROCESSING_STEPS}`,
      );
  }
  return { name: list, apply: (text) => names.reduce((done, name) => steps[name]!(done), text) };
}
