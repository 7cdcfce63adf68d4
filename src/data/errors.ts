/** What the user asked for cannot be done as asked; the message is one line for the user. Exit code 2. */
export class InputError extends Error {
  override readonly name = "InputError";
}

/** Finished, and the answer is no: faults were found. The message is one line; the faults are listed before it. Exit code 1. */
export class FaultsFound extends Error {
  override readonly name = "FaultsFound";
}
