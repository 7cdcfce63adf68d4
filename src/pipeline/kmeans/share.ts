/** Which rows of a sample a member of a team holds: its share of each batch, one batch after the other. */
export interface Share {
  /** The member's rows of a batch, by their numbers in the sample. */
  of(batch: number): { readonly start: number; readonly rows: number };
  /** Rows that the member holds of the batches before this one. */
  before(batch: number): number;
}

/** The share of member number `member` of `members`, of `rows` rows in batches of `batchRows`. */
export function shareOf(member: number, members: number, rows: number, batchRows: number): Share {
  const of = (batch: number) => {
    const first = batch * batchRows;
    const size = Math.max(0, Math.min(batchRows, rows - first));
    const start = first + Math.floor((member * size) / members);
    return { start, rows: first + Math.floor(((member + 1) * size) / members) - start };
  };
  const whole = Math.floor(rows / batchRows);
  const ofWhole = whole > 0 ? of(0).rows : 0;
  return {
    of,
    before: (batch) => (batch <= whole ? batch * ofWhole : whole * ofWhole + of(whole).rows),
  };
}

export function batchCount(rows: number, batchRows: number): number {
  return Math.ceil(rows / batchRows);
}
