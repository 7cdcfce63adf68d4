/** Prints rows under their headings; columns that hold figures are aligned on the right. */
export function printTable(headings: readonly string[], rows: readonly (readonly string[])[]): void {
  const lines = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const isText = headings.map((_, column) => rows.every((row) => !/^[\d.-]/.test(row[column]!)));
  for (const line of lines) {
    const cells = line.map((cell, column) =>
      isText[column] ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
    );
    console.log(cells.join("  ").trimEnd());
  }
  console.log();
}
