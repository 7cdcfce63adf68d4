/** A module, to be loaded before a program, that tells the peak of resident memory at the end of the process, as Linux counts it. */
export const tellPeak = `data:text/javascript,${encodeURIComponent(`
import process from "node:process";
import { readFileSync } from "node:fs";
const peak = () => /VmHWM:\\s+(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1];
process.on("exit", () => process.stderr.write("peak " + peak()));
`)}`;
