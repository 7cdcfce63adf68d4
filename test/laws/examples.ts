import type {
  CategorySpec,
  ClusteredSpec,
  DenseSpec,
  ImageSpec,
  IndexSpec,
  JitteredSpec,
  SourceSpec,
} from "../../src/data/plan.ts";
import { palettes, type PaletteName } from "../../src/data/palettes.ts";
import type { TypedArray } from "../../src/data/dtype.ts";
import { thresholdsOf } from "../../src/sources/category.ts";
import { clusteredRows, indexRows, jitteredRows } from "../reference/clustered.ts";
import { codes } from "../reference/codes.ts";
import { image, label } from "../reference/images.ts";
import { normals } from "../reference/normals.ts";
import { uniforms } from "../reference/uniforms.ts";

type Kind = SourceSpec["kind"];

/** One source to hold to the laws, and what its rows are by the scalar specification. */
export interface Example {
  readonly name: string;
  readonly spec: SourceSpec;
  /** The values of each field, in the order of the fields. */
  twin(start: bigint, rows: number): Readonly<Record<string, TypedArray>>;
}

const KEYS: readonly (readonly [number, number])[] = [
  [42, 0],
  [0xffffffff, 0xffffffff],
];

const LAST_ROW = 2 ** 53 - 2;

/** Rows drawn again at the ends and in the middle of what the laws read, next to each other and alone. */
const REDRAWN: ImageSpec["redrawn"] = {
  rows: [
    ...[0, 1, 15, 19, 33, 77, 199, 200, 1_000_003, 2 ** 32 - 50, 2 ** 32 - 1, 2 ** 32],
    ...[10 ** 12 + 21, LAST_ROW - 199, LAST_ROW - 1, LAST_ROW],
  ],
  draws: [1, 2, 3, 65_535, 1, 1, 4, 1, 300, 1, 7, 1, 2, 1, 65_535, 1],
};

/** For every kind of source, the ones that the laws are tried on; a kind that is missing here fails the suite. */
export const examples: Record<Kind, readonly Example[]> = {
  gaussian: [1, 3, 16, 100, 768].map((dim, at) => dense("gaussian", dim, KEYS[at % 2]!, at)),
  clustered: [
    clustered(1, 3, { stdDev: 0.5, normalize: false }),
    clustered(7, 100, { stdDev: 0.1, normalize: true }),
    clustered(100, 5, { stdDev: 0, normalize: true }),
    clustered(259, 9, { stdDev: 3, normalize: true }),
  ],
  index: [1, 100, 2 ** 32 - 1].map(index),
  jittered: [jittered(0.7, 0.1, 0.5, 1), jittered(0.55, 0.1, 0.5, 1), jittered(-3, 8, -5, 2)],
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
  images: ([8, 16, 33] as const).flatMap((size, at) => {
    const labels = ["composition", "count", "type"] as const;
    const base = { kind: "images", size, key: KEYS[at % 2]!, stream: [4, 5, 0xffffffff][at]! } as const;
    return [
      images({ ...base, label: labels[at]!, redrawn: { rows: [], draws: [] } }, "gray"),
      images({ ...base, label: labels[(at + 1) % 3]!, redrawn: REDRAWN }, "arc"),
    ];
  }),
};

function dense(kind: "gaussian" | "uniform", dim: number, key: DenseSpec["key"], stream: number): Example {
  const spec: DenseSpec = { kind, field: "vectors", dim, key, stream };
  const twinOf = kind === "gaussian" ? normals : uniforms;
  return {
    name: `${kind} of ${dim}`,
    spec,
    twin: (start, rows) => ({ vectors: twinOf(spec, start * BigInt(dim), rows * dim) }),
  };
}

function clustered(dim: number, count: number, rest: Pick<ClusteredSpec, "stdDev" | "normalize">): Example {
  const centroids = Float32Array.from({ length: count * dim }, (_, i) => ((i * 7919) % 2003) / 1001 - 1);
  const spec: ClusteredSpec = {
    ...{ kind: "clustered", field: "embedding", dim, centroids, key: KEYS[dim % 2]!, stream: 8, clusterStream: 9 },
    ...rest,
  };
  return {
    name: `clustered of ${dim}, standard deviation ${spec.stdDev}`,
    spec,
    twin: (start, rows) => ({ embedding: clusteredRows(spec, start, rows) }),
  };
}

function index(bound: number): Example {
  const spec: IndexSpec = { kind: "index", field: "cluster", bound, key: KEYS[bound % 2]!, stream: 9 };
  return { name: `index below ${bound}`, spec, twin: (start, rows) => ({ cluster: indexRows(spec, start, rows) }) };
}

function jittered(base: number, spread: number, min: number, max: number): Example {
  const spec: JitteredSpec = {
    kind: "jittered",
    field: "confidence",
    base,
    spread,
    min,
    max,
    key: KEYS[0]!,
    stream: 10,
  };
  return {
    name: `jittered around ${base}`,
    spec,
    twin: (start, rows) => ({ confidence: jitteredRows(spec, start, rows) }),
  };
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
    twin: (start, rows) => ({ cls: codes(spec, spec.thresholds, start, rows) }),
  };
}

function images(style: Omit<ImageSpec, "palette">, palette: PaletteName): Example {
  const spec: ImageSpec = { ...style, palette: palettes[palette].values };
  const { rows: redrawn, draws } = spec.redrawn;
  return {
    name: `images of ${spec.size}, ${redrawn.length} drawn again, ${spec.label}`,
    spec,
    twin(start, rows) {
      const twins = Array.from({ length: rows }, (_, i) => {
        const row = start + BigInt(i);
        const again = redrawn.indexOf(Number(row));
        return image({ ...spec, palette, redraw: again < 0 ? 0 : draws[again]! }, row);
      });
      return {
        images: Uint8Array.from(twins.flatMap(({ pixels }) => [...pixels])),
        labels: Uint8Array.from(twins, ({ factors }) => label(factors, spec.label)),
        factors: Uint8Array.from(twins.flatMap(({ factors }) => [...factors])),
      };
    },
  };
}
