import type { Core } from "./instance.ts";

/** The longest text of a float32, such as `-100000000000000000000.0`; the kernel writes a comma after each besides. */
export const MAX_DECIMAL_BYTES = 24;

/** How many bytes beyond its text the kernel may overwrite. */
export const DECIMAL_MARGIN = 31;

/**
 * A writer of float32 as decimals separated by commas, without brackets; what it returns is valid until the next call.
 *
 * `digits` 0 makes the shortest decimals that read back as the same float32, of these the nearest; 1 to 9 rounds the
 * exact value to so many significant digits, ties to even. The layout is that of ECMAScript's Number::toString, but a
 * whole number without exponent ends in `.0`; NaN and infinities become `null`. Throws for more than `maxValues` values
 * and for other `digits`.
 */
export function createDecimalWriter(core: Core, maxValues: number, digits = 0): (values: Float32Array) => Uint8Array {
  if (!Number.isInteger(digits) || digits < 0 || digits > 9)
    throw new Error(`Cannot write decimals of ${digits} digits: expected 1 to 9, or 0 for the shortest`);
  const lent = core.alloc(4 * maxValues);
  const out = core.alloc((MAX_DECIMAL_BYTES + 1) * maxValues + DECIMAL_MARGIN);
  return (values) => {
    if (values.length > maxValues)
      throw new Error(`Cannot write ${values.length} decimals at once: expected at most ${maxValues}`);
    new Float32Array(core.kernels.memory.buffer, lent, values.length).set(values);
    return core.bytes(out, core.kernels.decimals(out, lent, values.length, digits));
  };
}
