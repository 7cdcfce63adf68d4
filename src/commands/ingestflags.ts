import { InputError } from "../data/errors.ts";
import type { Index, Metric } from "../data/records.ts";
import { placeOfShards, type ShardPlace } from "../pipeline/root.ts";
import { absolutePath, splitPath } from "../runtime/files.ts";
import { withoutPassword } from "../runtime/url.ts";
import { targets, type Target } from "../targets/table.ts";

/** The flags that say where rows go. */
export interface TargetFlags {
  readonly to?: string;
  readonly endpoint?: string;
  readonly space?: string;
  readonly table?: string;
  readonly collection?: string;
  readonly create?: boolean;
  readonly metric?: Metric;
  readonly index?: Index;
}

/** Where rows go. */
export interface LoadPlace {
  readonly targetName: string;
  readonly target: Target;
  readonly endpoint: string;
  /** Of the space, table or collection; undefined for the server's own. */
  readonly name: string | undefined;
  /** Without a password: the endpoint, and all of it. */
  readonly shownEndpoint: string;
  readonly shown: string;
  /** The same, whatever folder it is named from. */
  readonly identity: string;
}

const PARTS = ["space", "table", "collection"] as const;
const MIN_NAME = 3; // what Chroma asks for
const MAX_NAME = 40;

/** Throws `InputError` for flags that are not of the target that was chosen. */
export function checkTargetFlags(flags: TargetFlags): void {
  const { name, target } = targetOf(flags);
  const foreign = PARTS.find((part) => part !== target.part && flags[part] !== undefined);
  if (foreign) throw new InputError(`--${foreign} is not of ${target.title}: give --${target.part}`);
  if (flags.index !== undefined && !target.indexes.includes(flags.index)) {
    const allowed = target.indexes.length > 0 ? `give ${target.indexes.join(", ")}` : "leave --index out";
    throw new InputError(`Index ${flags.index} is not allowed for ${target.title}: ${allowed}`);
  }
  if (flags.metric !== undefined && (flags.index ?? target.indexes[0]) === "none")
    throw new InputError("--metric says nothing without an index: give --index too, or leave it out");
  const given = (["create", "metric"] as const).find((flag) => flags[flag] !== undefined);
  if (given && !target.creates)
    throw new InputError(`--${given} says nothing to ${target.title}: leave it out (--to ${name})`);
}

/** Where rows go, by the flags and the defaults of their target. */
export function placeFor(flags: TargetFlags, inputPath: string): LoadPlace {
  const { name: targetName, target } = targetOf(flags);
  const endpoint = flags.endpoint ?? target.endpoint;
  const name = flags[target.part] ?? (target.creates ? nameFor(inputPath) : undefined);
  // What follows a ? may be a password, too.
  const shownEndpoint = withoutPassword(endpoint).replace(/\?.*|(?<=[^/])\/+$/, "");
  const part = name === undefined ? "" : `, ${target.part} ${name}`;
  const isFolder = target.takesFolders && !shownEndpoint.includes("://");
  const identity = (isFolder ? absolutePath(shownEndpoint) : shownEndpoint) + part;
  return { targetName, target, endpoint, name, shownEndpoint, shown: shownEndpoint + part, identity };
}

function targetOf({ to, endpoint }: TargetFlags): { name: string; target: Target } {
  const name = to ?? (endpoint === undefined ? undefined : "engram");
  if (name === undefined) {
    throw new InputError(
      `Give --to ${Object.keys(targets).join(", ")}, or --endpoint for an Engram such as http://localhost:7432`,
    );
  }
  return { name, target: targets[name]! };
}

/** A name after the input that every store takes: `data/10k` makes `vectors_10k`, shards of `articles` `articles_default`. */
function nameFor(inputPath: string): string {
  const shards = placeOfShards(inputPath);
  const stem = shards ? nameOfShards(shards) : wordsOf(splitPath(inputPath).name.replace(/\.[a-z]+$/i, ""), MAX_NAME);
  return /^[a-z]/.test(stem) && stem.length >= MIN_NAME ? stem : `vectors_${stem || "0"}`;
}

/** A split alone would be the name of each dataset's. */
function nameOfShards({ dataset, split }: ShardPlace): string {
  const end = wordsOf(split, MAX_NAME / 2) || "0";
  return `${wordsOf(dataset, MAX_NAME - end.length - 1) || "0"}_${end}`;
}

function wordsOf(text: string, most: number): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_")
    .replace(/^_/, "")
    .slice(0, most)
    .replace(/_$/, "");
}
