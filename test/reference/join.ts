/** Row after row, the piece of each column's code. */
export function join(pieces: readonly (readonly Uint8Array[])[], codes: readonly Uint8Array[]): Uint8Array {
  const bytes: number[] = [];
  for (let row = 0; row < codes[0]!.length; row++) {
    codes.forEach((column, at) => bytes.push(...pieces[at]![column[row]!]!));
  }
  return Uint8Array.from(bytes);
}
