import * as fs from "node:fs";
import { basename, relative, resolve, sep } from "node:path";
import { InputError } from "../data/errors.ts";
import { attempt } from "./failure.ts";

/** A file of a folder. */
export interface TreeFile {
  /** From the folder, with slashes. */
  readonly path: string;
  /** From the root. */
  readonly absolute: string;
  readonly byteLength: number;
}

/**
 * The files of a folder and of those in it, by name; of a file, itself. A link stands for the file that it leads to. Throws
 * `InputError` for a link that leads out of the folder, to a folder or to nothing, and for what is neither file nor folder.
 */
export function listTree(path: string): { readonly isFolder: boolean; readonly files: readonly TreeFile[] } {
  const root = attempt(`read ${path}`, () => fs.realpathSync(resolve(path)));
  const files: TreeFile[] = [];
  const isFolder = attempt(`read ${path}`, () => fs.statSync(root)).isDirectory();
  const visit = (absolute: string): void => {
    const name = relative(root, absolute).split(sep).join("/") || basename(root);
    const target = attempt(`read ${absolute}`, () => fs.realpathSync(absolute));
    if (target !== absolute && !target.startsWith(root + sep))
      throw new InputError(`Cannot read ${absolute}: it is a link out of ${path}`);
    const stat = attempt(`read ${absolute}`, () => fs.statSync(target));
    if (stat.isFile()) files.push({ path: name, absolute: target, byteLength: stat.size });
    else if (!stat.isDirectory()) throw new InputError(`Cannot read ${absolute}: it is no regular file`);
    else if (target !== absolute) throw new InputError(`Cannot read ${absolute}: it is a link to a folder`);
    else {
      for (const entry of attempt(`read folder ${absolute}`, () => fs.readdirSync(absolute)).sort()) {
        visit(resolve(absolute, entry));
      }
    }
  };
  visit(root);
  return { isFolder, files };
}

/** Bytes and time of the last change of a file, as one text: another text, another content. */
export function fileState(path: string): string {
  const { size, mtimeMs } = attempt(`read ${path}`, () => fs.statSync(path));
  return `${size} ${mtimeMs}`;
}
