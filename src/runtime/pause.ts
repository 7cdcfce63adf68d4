/** Lets timers, signals and messages have their turn; works in every runtime. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
