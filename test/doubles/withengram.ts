import { startEngram, type EngramDouble, type EngramDoubleOptions } from "./engram.ts";

/** Runs `use` with a double of its own, which is stopped afterwards. */
export async function withEngram(
  options: EngramDoubleOptions,
  use: (double: EngramDouble) => Promise<void>,
): Promise<void> {
  const double = await startEngram(options);
  try {
    await use(double);
  } finally {
    await double.stop();
  }
}
