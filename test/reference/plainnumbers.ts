const NUMBER = /^ ?-?(?:0|[1-9]\d{0,19})(?:\.\d+)?(?:[eE](?:-\d+|\+?\d))?$/;

/** The scalar twin of the kernel: where an array of `count` plain numbers ends that begins before `start`, or undefined. */
export function endOfNumbers(bytes: Uint8Array, start: number, count: number): number | undefined {
  const end = bytes.indexOf(93, start) + 1;
  if (end === 0) return undefined;
  const numbers = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(start, end - 1)).split(",");
  return numbers.length === count && numbers.every((number) => NUMBER.test(number)) ? end : undefined;
}
