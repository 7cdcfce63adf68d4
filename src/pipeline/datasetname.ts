import { formatOfName } from "../formats/documents/table.ts";
import { absolutePath, fileLength, splitPath } from "../runtime/files.ts";

/** What a dataset at a path is called, by whoever takes it from there: a folder as it is, a file without its ending. */
export function datasetNameAt(path: string): string {
  const { name } = splitPath(absolutePath(path)); // "." has one too
  return fileLength(path) === undefined ? name : withoutEnding(name);
}

/** The name of a file without the ending of a format of documents, and ".gz" behind that; others stay as they are. */
export function withoutEnding(name: string): string {
  const rest = formatOfName(name) ? name.replace(/\.[a-z]+(?:\.gz)?$/i, "") : name;
  return rest === "" || rest.endsWith(".") ? name : rest; // no folder could have that name
}
