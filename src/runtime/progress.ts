import process from "node:process";

/** How far a long work has come. */
export interface Progress {
  update(done: number): void;
  /**
   * The same where another share of the work is done than `done` of the total, 0 to 1, or it is not known; `note` is shown
   * at the end, such as `errors=3`.
   */
  updateShare(done: number, share: number | undefined, note?: string): void;
  /** Makes room for other output; the bar comes back by itself. */
  clear(): void;
  /** Removes the bar. */
  stop(): void;
}

export interface BarOptions {
  /** Whether there is to be a bar at all; `true` unless told otherwise. */
  readonly shown?: boolean;
  /** What was done before: rates leave it out. */
  readonly from?: number;
}

const REDRAWS_PER_SECOND = 10;
const BAR_WIDTH = 24;
const MIN_BAR_WIDTH = 4;
const CLEAR_LINE = "\r\x1b[2K";

/**
 * A bar on standard error, where that is a terminal and it is to be shown:
 * `label:  45%|####----| 45000/100000 [00:01<00:02, 34567rows/s]`; without `/100000` where the total is unknown.
 */
export async function startProgress(
  label: string,
  total: number | undefined,
  unit: string,
  { shown = true, from = 0 }: BarOptions = {},
): Promise<Progress> {
  if (!shown || !process.stderr.isTTY) return { update() {}, updateShare() {}, clear() {}, stop() {} };
  const { default: cliProgress } = await import("cli-progress");
  let share: number | undefined;
  let note: string | undefined;
  const bar = new cliProgress.SingleBar({
    stream: process.stderr,
    fps: REDRAWS_PER_SECOND,
    hideCursor: true,
    clearOnComplete: true,
    gracefulExit: false,
    format: (_options, { value, startTime }) =>
      formatBar(label, value, total, unit, (Date.now() - startTime) / 1000, {
        ...{ share, note, from },
        columns: process.stderr.columns || undefined,
      }),
  });
  bar.start(total ?? Number.MAX_SAFE_INTEGER, from);
  return {
    update: (done) => bar.update(done),
    updateShare(done, shareNow, noteNow) {
      share = shareNow;
      note = noteNow;
      bar.update(done);
    },
    clear: () => void process.stderr.write(CLEAR_LINE),
    stop: () => bar.stop(),
  };
}

export interface BarState {
  /** Of the work that is done, where it is not `done` of the total. */
  readonly share?: number | undefined;
  readonly note?: string | undefined;
  readonly from?: number;
  /** Of the terminal: the bar is shortened to fit, or left out. */
  readonly columns?: number | undefined;
}

/** The line of a bar after `seconds`: of the total, or of a share, 0 to 1; without both only how much is done. */
export function formatBar(
  label: string,
  done: number,
  total: number | undefined,
  unit: string,
  seconds: number,
  { share: given, note, from = 0, columns = Infinity }: BarState = {},
): string {
  const share = given ?? (total === undefined ? undefined : total > 0 ? Math.min(done / total, 1) : 1);
  const rate = seconds > 0 ? (done - from) / seconds : 0;
  const speed = rate < 999.95 ? rate.toFixed(1) : String(Math.round(rate));
  const rateShown = (unit === "%" ? "" : `, ${speed}${unit}/s`) + (note === undefined ? "" : `, ${note}`);
  const count = total === undefined ? String(done) : `${done}/${total}`;
  if (share === undefined) return `${label}: ${count} [${clock(seconds)}${rateShown}]`;
  const doneShare = share - (total ? from / total : 0);
  const left = doneShare > 0 && seconds > 0 ? clock(((1 - share) / doneShare) * seconds) : "?";
  const begin = `${label}: ${String(Math.floor(share * 100)).padStart(3)}%|`;
  const end = `| ${count} [${clock(seconds)}<${left}${rateShown}]`;
  const width = Math.min(BAR_WIDTH, columns - begin.length - end.length - 1);
  if (width < MIN_BAR_WIDTH) return begin.slice(0, -1) + end.slice(1);
  const filled = Math.round(share * width);
  return begin + "█".repeat(filled) + "░".repeat(width - filled) + end;
}

function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const hours = Math.floor(whole / 3600);
  const rest = [Math.floor((whole % 3600) / 60), whole % 60].map((part) => String(part).padStart(2, "0")).join(":");
  return hours > 0 ? `${hours}:${rest}` : rest;
}
