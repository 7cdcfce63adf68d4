import process from "node:process";

/** How far a long work has come. */
export interface Progress {
  update(done: number): void;
  /** Removes the bar. */
  stop(): void;
}

const REDRAWS_PER_SECOND = 10;
const BAR_WIDTH = 24;

/** A bar on standard error, where that is a terminal and it is to be shown: `label:  45%|####----| 45000/100000 [00:01<00:02, 34567rows/s]`. */
export async function startProgress(label: string, total: number, unit: string, shown = true): Promise<Progress> {
  if (!shown || !process.stderr.isTTY) return { update() {}, stop() {} };
  const { default: cliProgress } = await import("cli-progress");
  const bar = new cliProgress.SingleBar({
    stream: process.stderr,
    fps: REDRAWS_PER_SECOND,
    hideCursor: true,
    clearOnComplete: true,
    gracefulExit: false,
    format: (_options, { value, startTime }) => formatBar(label, value, total, unit, (Date.now() - startTime) / 1000),
  });
  bar.start(total, 0);
  return { update: (done) => bar.update(done), stop: () => bar.stop() };
}

/** The line of a bar after `seconds`. */
export function formatBar(label: string, done: number, total: number, unit: string, seconds: number): string {
  const share = total > 0 ? done / total : 1;
  const filled = Math.round(share * BAR_WIDTH);
  const rate = seconds > 0 ? done / seconds : 0;
  const left = rate > 0 ? clock((total - done) / rate) : "?";
  const percent = String(Math.floor(share * 100)).padStart(3);
  const bar = "█".repeat(filled) + "░".repeat(BAR_WIDTH - filled);
  const speed = rate < 999.95 ? rate.toFixed(1) : String(Math.round(rate));
  const rateShown = unit === "%" ? "" : `, ${speed}${unit}/s`;
  return `${label}: ${percent}%|${bar}| ${done}/${total} [${clock(seconds)}<${left}${rateShown}]`;
}

function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const hours = Math.floor(whole / 3600);
  const rest = [Math.floor((whole % 3600) / 60), whole % 60].map((part) => String(part).padStart(2, "0")).join(":");
  return hours > 0 ? `${hours}:${rest}` : rest;
}
