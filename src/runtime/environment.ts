import * as fs from "node:fs";
import process from "node:process";
import { InputError } from "../data/errors.ts";
import { isDenied } from "./failure.ts";
import { now } from "./system.ts";

/** A variable of the environment; undefined where it is not set, empty, or not for this program to see (Deno). */
export function environment(name: string): string | undefined {
  try {
    return process.env[name] || undefined;
  } catch (error) {
    if (isDenied(error)) return undefined;
    throw error;
  }
}

/** Whether a variable may not be read (Deno), and so counts as not set whatever it is. */
export function isHidden(name: string): boolean {
  try {
    void process.env[name];
    return false;
  } catch (error) {
    return isDenied(error);
  }
}

/** Why there is nothing in a variable. */
export function missingWords(name: string): string {
  return isHidden(name) ? "may not be read (Deno: see --allow-env)" : "is not set";
}

/** Variables that the user should set, in words that say so where they may not be read. */
export function toBeSet(...names: readonly string[]): string {
  const hint = names.some(isHidden) ? " (which may not be read; Deno: see --allow-env)" : "";
  return `${names.join(" and ")}${hint}`;
}

/** Whether it is a folder in which this process may make files, as far as can be told without trying. */
export function isWritableFolder(path: string): boolean {
  try {
    fs.accessSync(path, fs.constants.W_OK);
    return fs.statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** The date for records, ISO 8601 in UTC: that of `SOURCE_DATE_EPOCH` (seconds since 1970), where it is set, so that bytes repeat. */
export function recordDate(): string {
  const epoch = environment("SOURCE_DATE_EPOCH");
  if (epoch === undefined) return now().toISOString();
  const date = new Date(1000 * Number(/^\d{1,12}$/.test(epoch) ? epoch : Number.NaN));
  if (Number.isNaN(date.getTime()))
    throw new InputError(`SOURCE_DATE_EPOCH "${epoch}" is not allowed: give whole seconds since 1970`);
  return date.toISOString();
}
