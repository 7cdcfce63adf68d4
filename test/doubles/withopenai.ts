import { startOpenai, type OpenaiDouble, type OpenaiDoubleOptions } from "./openai.ts";

/** Runs `use` with a double of its own, which is stopped afterwards. */
export async function withOpenai(
  options: OpenaiDoubleOptions,
  use: (double: OpenaiDouble) => Promise<void>,
): Promise<void> {
  const double = await startOpenai(options);
  try {
    await use(double);
  } finally {
    await double.stop();
  }
}
