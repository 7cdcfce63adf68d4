import process from "node:process";

/** How far a long work has come. */
export interface Progress {
  update(done: number): void;
  /** The same where another share of the work is done than `done` of the total, 0 to 1, or it is not known. */
  updateShare(done: number, share: number | undefined): void;
  /** Removes the bar. */
  stop(): void;
}

const REDRAWS_PER_SECOND = 10;
const BAR_WIDTH = 24;

/**
 * A bar on standard error, where that is a terminal and it is to be shown:
 * `label:  45%|####----| 45000/100000 [00:01<00:02, 34567rows/s]`; without `/100000` where the total is unknown.
 */
export async function startProgress(
  label: string,
  total: number | undefined,
  unit: string,
  shown = true,
): Promise<Progress> {
  if (!shown || !process.stderr.isTTY) return { update() {}, updateShare() {}, stop() {} };
  const { default: cliProgress } = await import("cli-progress");
  let shareNow: number | undefined;
  const bar = new cliProgress.SingleBar({
    stream: process.stderr,
    fps: REDRAWS_PER_SECOND,
    hideCursor: true,
    clearOnComplete: true,
    gracefulExit: false,
    format: (_options, { value, startTime }) =>
      formatBar(label, value, total, unit, (Date.now() - startTime) / 1000, shareNow),
  });
  bar.start(total ?? Number.MAX_SAFE_INTEGER, 0);
  return {
    update: (done) => bar.update(done),
    updateShare(done, share) {
      shareNow = share;
      bar.update(done);
    },
    stop: () => bar.stop(),
  };
}

/** The line of a bar after `seconds`: of the total, or of a share, 0 to 1; without both only how much is done. */
export function formatBar(
  label: string,
  done: number,
  total: number | undefined,
  unit: string,
  seconds: number,
  share = total === undefined ? undefined : total > 0 ? Math.min(done / total, 1) : 1,
): string {
  const rate = seconds > 0 ? done / seconds : 0;
  const speed = rate < 999.95 ? rate.toFixed(1) : String(Math.round(rate));
  const rateShown = unit === "%" ? "" : `, ${speed}${unit}/s`;
  const count = total === undefined ? String(done) : `${done}/${total}`;
  if (share === undefined) return `${label}: ${count} [${clock(seconds)}${rateShown}]`;
  const filled = Math.round(share * BAR_WIDTH);
  const left = share > 0 && seconds > 0 ? clock(((1 - share) / share) * seconds) : "?";
  const percent = String(Math.floor(share * 100)).padStart(3);
  const bar = "█".repeat(filled) + "░".repeat(BAR_WIDTH - filled);
  return `${label}: ${percent}%|${bar}| ${count} [${clock(seconds)}<${left}${rateShown}]`;
}

function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const hours = Math.floor(whole / 3600);
  const rest = [Math.floor((whole % 3600) / 60), whole % 60].map((part) => String(part).padStart(2, "0")).join(":");
  return hours > 0 ? `${hours}:${rest}` : rest;
}
