import type { CategorySpec, DenseSpec, SourceSpec } from "../../src/data/plan.ts";
import type { TypedArray } from "../../src/data/dtype.ts";
import { thresholdsOf } from "../../src/sources/category.ts";
import { codes } from "../reference/codes.ts";
import { normals } from "../reference/normals.ts";
import { uniforms } from "../reference/uniforms.ts";

type Kind = SourceSpec["kind"];

/** One source to hold to the laws, and what its rows are by the scalar specification. */
export interface Example {
  readonly name: string;
  readonly spec: SourceSpec;
  twin(start: bigint, rows: number): TypedArray;
}

const KEYS: readonly (readonly [number, number])[] = [
  [42, 0],
  [0xffffffff, 0xffffffff],
];

/** For every kind of source, the ones that the laws are tried on; a kind that is missing here fails the suite. */
export const examples: Record<Kind, readonly Example[]> = {
  gaussian: [1, 3, 16, 100, 768].map((dim, at) => dense("gaussian", dim, KEYS[at % 2]!, at)),
  uniform: [1, 7, 100].map((dim, at) => dense("uniform", dim, KEYS[at % 2]!, 0xffffffff - at)),
  category: [
    category(["only"], [1], 0),
    category(["A", "B", "C"], [0.1, 0.3, 0.6], 1),
    category(
      Array.from({ length: 256 }, (_, i) => `c${i}`),
      Array.from({ length: 256 }, () => 1 / 256),
      0xffffffff,
    ),
  ],
};

function dense(kind: "gaussian" | "uniform", dim: number, key: DenseSpec["key"], stream: number): Example {
  const spec: DenseSpec = { kind, field: "vectors", dim, key, stream };
  const twinOf = kind === "gaussian" ? normals : uniforms;
  return { name: `${kind} of ${dim}`, spec, twin: (start, rows) => twinOf(spec, start * BigInt(dim), rows * dim) };
}

function category(labels: string[], shares: number[], stream: number): Example {
  const spec: CategorySpec = {
    kind: "category",
    field: "cls",
    labels,
    thresholds: thresholdsOf(shares),
    key: KEYS[0]!,
    stream,
  };
  return {
    name: `category of ${labels.length}`,
    spec,
    twin: (start, rows) => codes(spec, spec.thresholds, start, rows),
  };
}
