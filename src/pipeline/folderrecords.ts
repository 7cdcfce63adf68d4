import { listFolders } from "../runtime/files.ts";

/** A folder some levels below another one, by the names on the way to it: fewer where one of these cannot be read. */
export interface FoundFolder {
  readonly folder: string;
  readonly names: readonly string[];
}

/** What folders of one depth say of themselves, in the order of their paths. */
export interface FoundRecords<Record> {
  readonly whole: readonly (FoundFolder & { readonly record: Record })[];
  /** Those that cannot be read or understood. */
  readonly damaged: readonly (FoundFolder & { readonly error: unknown })[];
  /** Those without a record. */
  readonly bare: readonly FoundFolder[];
}

/** Reads the records of all folders `depth` levels below `path`. Throws nothing: each fault is that of its folder. */
export function recordsBelow<Record>(
  path: string,
  depth: number,
  read: (folder: string) => Record | undefined,
): FoundRecords<Record> {
  const whole: (FoundFolder & { record: Record })[] = [];
  const damaged: (FoundFolder & { error: unknown })[] = [];
  const bare: FoundFolder[] = [];
  const visit = (folder: string, names: readonly string[]): void => {
    try {
      if (names.length < depth) {
        for (const name of listFolders(folder)) visit(`${folder}/${name}`, [...names, name]);
        return;
      }
      const record = read(folder);
      if (record === undefined) bare.push({ folder, names });
      else whole.push({ folder, names, record });
    } catch (error) {
      damaged.push({ folder, names, error });
    }
  };
  visit(path, []);
  return { whole, damaged, bare };
}
