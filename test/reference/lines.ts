import type { LineColumns, LinePart } from "../../src/core/lines.ts";

/** The text of a float32 in a line, which has a twin of its own. */
export type FloatText = (value: number, digits: number) => string;

/** Row after row, what each part is for the row. */
export function lines(
  parts: readonly LinePart[],
  start: bigint,
  rows: number,
  columns: LineColumns,
  textOf: FloatText,
): Uint8Array {
  let text = "";
  for (let row = 0; row < rows; row++) {
    parts.forEach(
      (part, at) => (text += partText(part, start + BigInt(row), columns[at]?.subarray.bind(columns[at]), row, textOf)),
    );
  }
  return new TextEncoder().encode(text);
}

type Values = (from: number, to: number) => ArrayLike<number>;

function partText(part: LinePart, number: bigint, values: Values | undefined, row: number, textOf: FloatText): string {
  const one = () => values!(row, row + 1)[0]!;
  switch (part.kind) {
    case "text":
      return part.text;
    case "coded":
      return part.pieces[one()]!;
    case "numbered":
      return part.pieces[Math.floor(one() / part.divisor) % part.pieces.length]!;
    case "floats":
      return Array.from(values!(row * part.length, (row + 1) * part.length), (x) => textOf(x, part.digits)).join(",");
    case "number":
      return String(one());
    case "row":
      return String(number).padStart(part.width, "0");
  }
}
