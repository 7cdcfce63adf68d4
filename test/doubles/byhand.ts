import process from "node:process";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

/** What stands on the command line of a double. */
interface Given {
  text(name: string): string | undefined;
  number(name: string): number | undefined;
  has(flag: string): boolean;
}

/** How a double is tried out from a command line. */
export interface ByHand<Options, Double> {
  readonly help: string;
  /** The options that every double has are added. */
  readonly texts: readonly string[];
  readonly flags: readonly string[];
  optionsOf(given: Given): Options;
  /** Where it listens. */
  hello(double: Double): string;
  /** What it saw, printed at the end. */
  farewell(double: Double): unknown[];
}

const TEXTS = ["port", "host", "seed", "fail", "unavailable", "too-many", "retry-after", "cut", "delay"];

/** Whether this module is what Node was started with. */
export function isStarted(module: string): boolean {
  const script = process.argv[1];
  return script !== undefined && module === pathToFileURL(script).href;
}

/** Starts the double as the command line says, prints where it listens, and stops it at Ctrl-C. */
export async function runByHand<Options, Double extends { stop(): Promise<void> }>(
  start: (options: Options) => Promise<Double>,
  { help, texts, flags, optionsOf, hello, farewell }: ByHand<Options, Double>,
): Promise<void> {
  let double: Double;
  try {
    const given = parse([...TEXTS, ...texts], [...flags, "help"]);
    if (given.has("help")) return console.log(help);
    double = await start(optionsOf(given));
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 2;
    return;
  }
  console.log(hello(double));
  const stop = () => {
    console.log(...farewell(double));
    void double.stop();
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, stop);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);
}

function parse(texts: readonly string[], flags: readonly string[]): Given {
  const options = Object.fromEntries([
    ...texts.map((name) => [name, { type: "string" as const }] as const),
    ...flags.map((name) => [name, { type: "boolean" as const }] as const),
  ]);
  const values = parseArgs({ options }).values as Record<string, string | boolean | undefined>;
  const text = (name: string) => values[name] as string | undefined;
  return {
    text,
    number: (name) => (text(name) === undefined ? undefined : Number(text(name))),
    has: (flag) => values[flag] === true,
  };
}
