import type { Document } from "../../data/documents.ts";
import type { Preprocessing } from "../../embed/preprocess.ts";
import type { Documents } from "./documents.ts";

/** The same documents with a field, where it is a text, as preprocessing leaves it. */
export function preprocessedDocuments(documents: Documents, textField: string, { apply }: Preprocessing): Documents {
  const preprocessed = (document: Document): Document => {
    const { fields } = document;
    const text = fields[textField];
    return typeof text === "string" ? { ...document, fields: { ...fields, [textField]: apply(text) } } : document;
  };
  return {
    ...documents,
    async *read(options) {
      for await (const piece of documents.read(options))
        yield { ...piece, documents: piece.documents.map(preprocessed) };
    },
  };
}
