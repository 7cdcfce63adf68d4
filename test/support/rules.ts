import { posix } from "node:path";
import { codeOf, importsOf, type Import } from "./source.ts";

/** A module by its path below `src`, such as `core/flat.ts`. */
export interface Module {
  readonly path: string;
  readonly text: string;
}

// From the ground to the roof: a folder imports from those before its own line, never from its neighbours in the line.
const LEVELS = [
  ["data"],
  ["core"],
  ["formats"],
  ["sources", "targets", "embed"],
  ["pipeline"],
  ["datasets", "report"],
  ["commands"],
  ["gen.ts", "index.ts"],
];

/** Who may use the runtime, which lies beside `data`; the library's entry only when it is called. */
const USES_RUNTIME = ["targets", "embed", "pipeline", "report", "commands", "gen.ts"];

const EXACT = ["data", "core", "formats", "sources", "datasets"];
const EXACT_MATH = "abs|ceil|clz32|floor|fround|imul|max|min|round|sign|sqrt|trunc";
const HOST =
  "Deno|process|Date|performance|Temporal|Worker|SharedWorker|BroadcastChannel|navigator|globalThis|Buffer|require";
const TIMERS = "setTimeout|setInterval|setImmediate";

/** Imports between modules that point upward, sideways, or at the runtime from where it must not be used. */
export function wrongDirections(modules: readonly Module[]): string[] {
  return modules.flatMap((module) =>
    localImports(module)
      .filter(({ path, kind }) => !isAllowed(folderOf(module.path), folderOf(path), kind))
      .map(({ path }) => `${module.path} imports ${path}`),
  );
}

/** Every cycle of imports, of any kind, as one line. */
export function cycles(modules: readonly Module[]): string[] {
  const edges = new Map(modules.map((module) => [module.path, localImports(module).map(({ path }) => path)]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]) => {
    if (trail.includes(path)) found.push([...trail.slice(trail.indexOf(path)), path].join(" -> "));
    if (trail.includes(path) || done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  return found;
}

/** Modules and packages that are loaded as soon as `entry` is: what it reaches without a dynamic import. */
export function loadedWith(entry: string, modules: readonly Module[]): Set<string> {
  const byPath = new Map(modules.map((module) => [module.path, module]));
  const reached = new Set<string>();
  const visit = (path: string) => {
    const module = byPath.get(path);
    if (reached.has(path)) return;
    reached.add(path);
    if (!module) return;
    for (const { specifier, kind } of importsOf(module.text)) {
      if (kind === "static") visit(resolvePath(path, specifier));
    }
  };
  visit(entry);
  return reached;
}

/** Names of the host and its clocks outside `runtime`. */
export function hostNames({ path, text }: Module): string[] {
  if (folderOf(path) === "runtime") return [];
  const imported = importsOf(text).filter(({ specifier }) => specifier.startsWith("node:"));
  return [
    ...imported.map(({ specifier }) => `${path} imports ${specifier}`),
    ...named(path, text, `${HOST}|${TIMERS}`),
  ];
}

/** Arithmetic whose result may differ between engines, where it could reach a data file. */
export function inexactMath({ path, text }: Module): string[] {
  const code = codeOf(text);
  const found = [...named(path, text, "NativeMathf?|JSMath|Mathf"), ...matches(path, code, /\bMath\s*\.\s*random\b/g)];
  if (!EXACT.includes(folderOf(path)) && folderOf(path) !== "assembly") return found;
  found.push(...matches(path, code, new RegExp(String.raw`\bMath\b(?!\s*\.\s*(?:${EXACT_MATH})\b)[^;\n]{0,20}`, "g")));
  for (const { index } of code.matchAll(/\*\*/g)) {
    const isConstant =
      /(?<![\w.)\]])\d+n?\s*$/.test(code.slice(0, index)) && /^\s*\d+n?(?![\w.[(])/.test(code.slice(index + 2));
    if (!isConstant) found.push(`${path} has ${code.slice(Math.max(0, index - 10), index + 12).trim()}`);
  }
  return found;
}

/** Dynamic imports of something that is not written out, which these rules cannot see. */
export function hiddenImports({ path, text }: Module): string[] {
  return matches(path, codeOf(text), /\bimport\s*\(\s*[^\s)].{0,20}/g);
}

/** Packages and Node modules that a module names, without the part after the package's name. */
export function packagesOf({ text }: Module): string[] {
  return importsOf(text)
    .filter(({ specifier, kind }) => kind !== "script" && !specifier.startsWith("."))
    .map(({ specifier }) => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)![0]);
}

export function folderOf(path: string): string {
  return path.split("/")[0]!;
}

function localImports({ path, text }: Module): { path: string; kind: Import["kind"] }[] {
  return importsOf(text)
    .filter(({ specifier }) => specifier.startsWith("."))
    .map(({ specifier, kind }) => ({ path: resolvePath(path, specifier), kind }));
}

function resolvePath(from: string, specifier: string): string {
  return specifier.startsWith(".") ? posix.join(posix.dirname(from), specifier) : specifier;
}

function isAllowed(from: string, to: string, kind: Import["kind"]): boolean {
  if (from === to) return true;
  if (to === "runtime") return USES_RUNTIME.includes(from) || (from === "index.ts" && kind !== "static");
  if (from === "runtime") return to === "data";
  const [above, below] = [from, to].map((folder) => LEVELS.findIndex((level) => level.includes(folder)));
  return below! >= 0 && below! < above!;
}

/** Uses of identifiers, not of properties that happen to be called the same. */
function named(path: string, text: string, names: string): string[] {
  return matches(path, codeOf(text), new RegExp(String.raw`(?<![\w$.])(?:${names})(?![\w$])`, "g"));
}

function matches(path: string, code: string, pattern: RegExp): string[] {
  return [...code.matchAll(pattern)].map(([found]) => `${path} has ${found.trim()}`);
}
