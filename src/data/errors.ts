/** What the user asked for cannot be done as asked; the message is one line for the user. Exit code 2. */
export class InputError extends Error {
  override readonly name = "InputError";
}

/** Finished, and the answer is no: faults were found. The message is one line; the faults are listed before it. Exit code 1. */
export class FaultsFound extends Error {
  override readonly name = "FaultsFound";
}

/**
 * A file or download that ends too early, is damaged, or changed while it was read; all that came before it was given out.
 * The message is one line that says where.
 */
export class BrokenStream extends Error {
  override readonly name = "BrokenStream";
}
