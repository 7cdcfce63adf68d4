/** The order of texts by UTF-16 units, as no locale changes it. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
