import { InputError } from "../data/errors.ts";

const REASONS: Record<string, string> = {
  ENOSPC: "no space left on the disk",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file system allows no larger file",
  EACCES: "permission denied",
  EPERM: "not permitted",
  EROFS: "the file system is read-only",
  ENOENT: "no such file or folder",
  ENOTDIR: "a part of the path is a file",
  EISDIR: "it is a folder",
  EIO: "the disk reports an error",
  EEXIST: "it is there already",
  ELOOP: "too many symbolic links",
  ENAMETOOLONG: "the path is too long",
  EMFILE: "too many files are open",
};

/** What went wrong in words, without the system call and the path that the message names anyway. */
export function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code && REASONS[code]) return REASONS[code];
  if (isDenied(error)) return `permission denied (Deno: see ${flagOf(error) ?? "--allow-read and --allow-write"})`;
  return error instanceof Error ? error.message : String(error);
}

/** `Cannot <action>: <reason>`; an `InputError` where the user's choice of place is to blame. */
export function describeFailure(action: string, error: unknown): Error {
  const message = `Cannot ${action}: ${reasonOf(error)}`;
  const isUsersChoice =
    isDenied(error) ||
    ["EACCES", "EPERM", "EROFS", "ENOENT", "ENOTDIR", "EEXIST", "EISDIR", "ELOOP", "ENAMETOOLONG"].includes(
      codeOf(error) ?? "",
    );
  return isUsersChoice ? new InputError(message, { cause: error }) : new Error(message, { cause: error });
}

export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : undefined;
}

/** Deno's refusal for want of a permission. */
export function isDenied(error: unknown): error is Error {
  return error instanceof Error && (error.name === "NotCapable" || error.name === "PermissionDenied");
}

/** The flag that Deno's refusal asks for. */
function flagOf(error: Error): string | undefined {
  return /--allow-[a-z]+/.exec(error.message)?.[0];
}

/** Runs it; what it throws becomes `Cannot <action>: <reason>`. */
export function attempt<T>(action: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw describeFailure(action, error);
  }
}
