import { InputError } from "../data/errors.ts";
import { createText, readTextIfThere, removeFile } from "./files.ts";
import { isOtherProcess, processId } from "./system.ts";

/**
 * Keeps `path` for this process, by a file beside it that names it. Throws `InputError` while another one has it, and where
 * the system does not tell whether that one still runs, if `isStrict`.
 */
export function takeLock(path: string, isStrict = false): { release(): void } {
  const lock = lockOf(path);
  const holder = () => pidIn(readTextIfThere(lock));
  const text = String(processId());
  if (!createText(lock, text)) {
    const pid = holder();
    if (pid === undefined || isOtherProcess(Number(pid), isStrict)) throw busy(path, lock, pid);
    removeFile(lock); // of a run that was killed
    if (!createText(lock, text)) throw busy(path, lock, holder());
  }
  let isHeld = true;
  return {
    release() {
      if (isHeld && holder() === text) removeFile(lock);
      isHeld = false;
    },
  };
}

/** Throws as `takeLock` does, and takes nothing. */
export function checkUnlocked(path: string): void {
  const text = readTextIfThere(lockOf(path));
  const pid = pidIn(text);
  if (text !== undefined && (pid === undefined || isOtherProcess(Number(pid)))) throw busy(path, lockOf(path), pid);
}

function lockOf(path: string): string {
  return `${path}.lock`;
}

function pidIn(text = ""): string | undefined {
  return /^[1-9]\d*$/.exec(text)?.[0];
}

function busy(path: string, lock: string, pid = "unknown"): InputError {
  return new InputError(`${path} is in use by process ${pid}: wait for it, or end it and delete ${lock}`);
}
