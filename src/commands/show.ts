const UNITS = ["bytes", "kB", "MB", "GB", "TB", "PB", "EB"];

/** 1234567 as `1,234,567`. */
export function showCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** 4000128 as `4.0 MB`: powers of 1000. */
export function showBytes(bytes: number): string {
  let unit = 0;
  for (; bytes >= 999.95 && unit < UNITS.length - 1; unit++) bytes /= 1000;
  return `${unit === 0 ? bytes : bytes.toFixed(1)} ${UNITS[unit]}`;
}

/** Seconds with two digits after the point, or minutes and seconds. */
export function showDuration(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(2)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Shares as the flag takes them: `A=0.1,B=0.9`. */
export function showShares(shares: Readonly<Record<string, number>>): string {
  return Object.entries(shares)
    .map(([name, share]) => `${name}=${share}`)
    .join(",");
}

/** 500000 as `500k`, 2000000 as `2m`, 1234 as it is: the name of a size. */
export function showSize(rows: number): string {
  if (rows % 1e9 === 0) return `${rows / 1e9}g`;
  if (rows % 1e6 === 0) return `${rows / 1e6}m`;
  return rows % 1000 === 0 ? `${rows / 1000}k` : String(rows);
}
