import { codeOf } from "./source.ts";

/** One line for each export of a module: its name, and what it is at run time. */
export function runtimeExports(module: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(module).map(([name, value]) => `${name}: ${kindOf(value)}`);
}

/** One line for each type that the text of a module exports. */
export function typeExports(source: string): string[] {
  const code = codeOf(source);
  const listed = [...code.matchAll(/\bexport\s+type\s*\{([^}]*)\}/g)].flatMap(([, names]) =>
    names!.split(",").map((name) =>
      name
        .trim()
        .split(/\s+as\s+/)
        .at(-1)!,
    ),
  );
  const declared = [...code.matchAll(/\bexport\s+(?:interface|type)\s+(\w+)/g)].map(([, name]) => name!);
  return [...listed, ...declared].filter((name) => name !== "").map((name) => `type ${name}`);
}

function kindOf(value: unknown): string {
  if (typeof value !== "function") return typeof value;
  if (/^class\b/.test(String(value))) return "class";
  return value.constructor.name
    .replace(/Function$/, " function")
    .trim()
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase();
}
