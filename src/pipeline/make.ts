import type { Core } from "../core/instance.ts";
import type { Encoded } from "../data/format.ts";
import type { Pass } from "../data/plan.ts";
import { openEncoders } from "../formats/table.ts";
import { openSource } from "../sources/table.ts";
import { fieldsTaken } from "./files.ts";
import { createMeasurer, type Measures } from "./measure.ts";

/** Which rows of which pass. */
export interface BlockAddress {
  /** Its place among the passes of the dataset. */
  readonly pass: number;
  readonly start: number;
  readonly rows: number;
}

/** One block, encoded for every file of its pass. */
export interface MadeBlock {
  readonly encoded: readonly Encoded[];
  readonly measures: Measures;
}

/** Makes any block; what it returns is valid until its next call, which must wait for it. */
export type BlockMaker = (address: BlockAddress) => Promise<MadeBlock>;

/** Makes blocks of the passes on this thread, best those of one pass after the other: one is open at a time. */
export function createBlockMaker(core: Core, passes: readonly Pass[]): BlockMaker {
  let opened: { readonly pass: number; readonly make: PassMaker } | undefined;
  return async ({ pass, start, rows }) => {
    if (opened?.pass !== pass) {
      opened = undefined;
      core.reset();
      opened = { pass, make: await openPass(core, passes[pass]!) };
    }
    return opened.make(start, rows);
  };
}

type PassMaker = (start: number, rows: number) => MadeBlock;

/** Opens the sources and encoders of a pass. */
async function openPass(core: Core, pass: Pass): Promise<PassMaker> {
  const maxRows = Math.min(pass.blockRows, pass.rowEnd - pass.rowStart);
  const taken = fieldsTaken(pass).map((field) => field.name);
  const source = openSource(core, pass.sources, maxRows, taken);
  const formats = pass.files.map((file) => file.format);
  const encoders = await openEncoders(formats, { core, fields: source.fields, pass, maxRows });
  const historyRows = Math.max(...encoders.map((encoder) => encoder.historyRows));
  // History needs memory of its own: it is looked at together with the block.
  const past = historyRows > 0 ? openSource(core, pass.sources, historyRows, taken) : undefined;
  const measure = createMeasurer(core);
  return (start, rows) => {
    const pastRows = Math.min(historyRows, start - pass.rowStart);
    const history = past?.read(start - pastRows, pastRows);
    const block = source.read(start, rows);
    return { encoded: encoders.map((encoder) => encoder.encode(block, history)), measures: measure(block) };
  };
}
