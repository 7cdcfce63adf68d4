/** Values, bytes or lines of one call: 1 MiB of float32, about a block of the pipeline. */
export const COUNT = 1 << 18;

/** One way of doing a kernel's work. */
export interface Work {
  /** Does it once, on other input than the last time where there is input to choose. */
  run(): unknown;
  /** What it gives for the first input, so that it is known to be the right work. */
  result(): Uint8Array;
}

export interface Kernel {
  readonly name: string;
  readonly unit: "values" | "bytes" | "lines" | "images";
  /** Units of a call. */
  readonly count: number;
  /** Bytes that a call makes or reads. */
  readonly bytes: number;
  /** A call gives fewer bytes than it reads: how many is compared as well. */
  readonly compresses?: boolean;
  /** The result as the kernel's twin, the executable specification, gives it. */
  readonly expected: () => Uint8Array;
  readonly ours: () => Work;
  /** Others in this process. */
  readonly others?: Readonly<Record<string, () => Work>>;
  /** Names in `peers/kernels.py`, by what to call them in the table. */
  readonly numpy: Readonly<Record<string, string>>;
}
