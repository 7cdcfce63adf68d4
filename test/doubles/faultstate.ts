import { seededUniform } from "./seeded.ts";

/** How often a fault strikes: a share of the requests, or those (from 1, of the requests that it may strike) it names. */
export type When = number | ((request: number) => boolean);

/** The names of the faults that strike now and then. */
type Striking<Faults> = {
  [Name in keyof Faults]-?: When extends Exclude<Faults[Name], undefined> ? Name : never;
}[keyof Faults];

export interface FaultState<Faults> {
  readonly now: Faults;
  /** Changes the faults that it names; the others stay, and go on counting. */
  set(faults: Faults): void;
  /** Whether this fault strikes the request at hand. Each call counts as one request that it might have struck. */
  strikes(fault: Striking<Faults>): boolean;
}

export function faultState<Faults extends object>(initial: Faults, seed: number): FaultState<Faults> {
  const uniform = seededUniform(seed);
  const asked = new Map<unknown, number>();
  let now = initial;
  return {
    get now() {
      return now;
    },
    set(faults) {
      now = { ...now, ...faults };
      for (const name of Object.keys(faults)) asked.delete(name);
    },
    strikes(fault) {
      const when = now[fault] as When | undefined;
      if (when === undefined) return false;
      const count = (asked.get(fault) ?? 0) + 1;
      asked.set(fault, count);
      return typeof when === "number" ? uniform() < when : when(count);
    },
  };
}
