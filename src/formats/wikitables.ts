const BEGIN = /^[\s:]*\{\|/;
const END = /^\s*\|\}(?!\})/; // |}} ends a template
const HEADING = /^={2,6}[^=]/;

/**
 * Wikitext without its tables, which begin and end at the begin of lines and may hold others. One that is never closed goes
 * up to the next heading, or to the end; an end without a begin goes alone.
 */
export function withoutTables(wikitext: string): string {
  const lines = wikitext.split("\n");
  const ends = endsOf(lines);
  const kept: string[] = [];
  let isInTable = false; // one that is never closed
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    const end = ends.get(at);
    if (end !== undefined) {
      const after = lines[end]!.replace(END, "");
      if (!isInTable && after.trim() !== "") kept.push(after);
      at = end;
      continue;
    }
    isInTable = isInTable ? !HEADING.test(line) : BEGIN.test(line);
    if (!isInTable) kept.push(line.replace(END, ""));
  }
  return kept.join("\n");
}

/** The last lines of the tables that are closed, by their first. */
function endsOf(lines: readonly string[]): Map<number, number> {
  const ends = new Map<number, number>();
  const open: number[] = [];
  for (const [at, line] of lines.entries()) {
    if (BEGIN.test(line)) open.push(at);
    else if (open.length > 0 && END.test(line)) ends.set(open.pop()!, at);
  }
  return ends;
}
