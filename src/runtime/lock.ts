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
    takeOver(path, lock, pid, text);
  }
  let isHeld = true;
  return {
    release() {
      if (isHeld && holder() === text) removeFile(lock);
      isHeld = false;
    },
  };
}

/** Takes the lock of a run that was killed, which others may want too: one at a time looks whether it is still that run's. */
function takeOver(path: string, lock: string, pid: string, text: string): void {
  const guard = `${lock}.takeover`;
  if (!createText(guard, text)) {
    const other = pidIn(readTextIfThere(guard));
    if (other === undefined || isOtherProcess(Number(other))) throw busy(path, lock, other);
    removeFile(guard); // killed while it took over
    throw busy(path, lock, other);
  }
  try {
    if (pidIn(readTextIfThere(lock)) !== pid) throw busy(path, lock, pidIn(readTextIfThere(lock)));
    removeFile(lock);
    if (!createText(lock, text)) throw busy(path, lock, pidIn(readTextIfThere(lock)));
  } finally {
    removeFile(guard);
  }
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
