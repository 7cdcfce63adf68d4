/** A piece of TypeScript: code without comments, or the content of a string, template or regular expression. */
interface Token {
  readonly kind: "code" | "text";
  readonly text: string;
}

/** How one module names another. `script`: a path in a string that is no import, such as a worker's. */
export interface Import {
  readonly specifier: string;
  readonly kind: "static" | "type" | "dynamic" | "script";
}

const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const QUOTED = /"((?:\\.|[^"\\\n])*)"|'((?:\\.|[^'\\\n])*)'/y;
const REGEXP = /\/((?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+)\/[a-z]*/y;
const TEMPLATE = /[`}]((?:\\[\s\S]|\$(?!\{)|[^`\\$])*)(`|\$\{)/y;
const BEFORE_REGEXP = /(?:^|[=(,:[&|?{};+\-*%~^<>]|(?<![\w)\]])!|\breturn|\btypeof)\s*$/; // `x! / y` divides

/** Splits a module into code and texts, in order; comments are dropped. */
function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  const holes: number[] = []; // braces open in each `${`
  let code = "";
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(source);
    if (match) at = pattern.lastIndex;
    return match;
  };
  const push = (text: string) => {
    tokens.push({ kind: "code", text: code }, { kind: "text", text });
    code = "";
  };
  while (at < source.length) {
    const character = source[at]!;
    const isTemplate = character === "`" || (character === "}" && holes.at(-1) === 0);
    if (take(COMMENT)) {
      code += " ";
    } else if (isTemplate) {
      const match = take(TEMPLATE);
      if (!match) throw new Error(`Cannot read the template at character ${at}: expected its end`);
      if (character === "}") holes.pop();
      if (match[2] === "${") holes.push(0);
      push(match[1]!);
    } else if (character === '"' || character === "'") {
      const match = take(QUOTED);
      if (!match) throw new Error(`Cannot read the string at character ${at}: expected its end`);
      push(match[1] ?? match[2]!);
    } else if (character === "/" && (code.trim() !== "" || tokens.length === 0) && BEFORE_REGEXP.test(code)) {
      const match = take(REGEXP);
      if (!match) throw new Error(`Cannot read the regular expression at character ${at}: expected its end`);
      push(match[1]!);
    } else {
      if (holes.length > 0 && character === "{") holes[holes.length - 1]!++;
      if (holes.length > 0 && character === "}") holes[holes.length - 1]!--;
      code += character;
      at++;
    }
  }
  tokens.push({ kind: "code", text: code });
  return tokens;
}

/** The code alone, a space where each text was. */
export function codeOf(source: string): string {
  return tokenize(source)
    .map(({ kind, text }) => (kind === "code" ? text : " "))
    .join("");
}

/** Everything that a module imports, in any way. */
export function importsOf(source: string): Import[] {
  const imports: Import[] = [];
  let before = "";
  for (const { kind, text } of tokenize(source)) {
    if (kind === "text") {
      const found = importKind(before, text);
      if (found) imports.push({ specifier: text, kind: found });
    }
    before = text;
  }
  return imports;
}

function importKind(before: string, text: string): Import["kind"] | undefined {
  if (/\bfrom\s*$/.test(before)) {
    const statement = before.slice(Math.max(before.lastIndexOf("import"), before.lastIndexOf("export")));
    return /^(?:import|export)\s+type\b/.test(statement) ? "type" : "static";
  }
  if (/\bimport\s*$/.test(before)) return "static";
  if (/\bimport\s*\(\s*$/.test(before)) return "dynamic";
  return /^\.\.?\/.*\.ts$/.test(text) ? "script" : undefined;
}
