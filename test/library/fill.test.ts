import assert from "node:assert/strict";
import test from "node:test";
import { fillNormals, fillUniforms, InputError, type FillOptions } from "../../src/index.ts";
import { normals } from "../reference/normals.ts";
import { assertSameBits } from "../reference/same.ts";
import { uniforms } from "../reference/uniforms.ts";

const LENGTH = 150_001; // beyond two of the pieces that are filled at once

const fills = [
  { name: "fillNormals", fill: fillNormals, twin: normals },
  { name: "fillUniforms", fill: fillUniforms, twin: uniforms },
];

test("three lines fill an array with normals", () => {
  const values = new Float32Array(100_000);
  assert.equal(fillNormals(values, { seed: 42 }), values);
  const mean = values.reduce((sum, z) => sum + z, 0) / values.length;
  const variance = values.reduce((sum, z) => sum + z * z, 0) / values.length - mean * mean;
  assert.ok(Math.abs(mean) < 0.02 && Math.abs(variance - 1) < 0.03, `mean ${mean}, variance ${variance}`);
});

for (const { name, fill, twin } of fills) {
  test(`${name}: by default the values are those of seed 42, stream 0, position 0`, () => {
    assertSameBits(fill(new Float32Array(99)), twin({ key: [42, 0], stream: 0 }, 0n, 99), name);
  });

  test(`${name}: seed, stream and start are the address of the values`, () => {
    const key = [0x89abcdef, 0x01234567] as const;
    const seed = 0x0123456789abcdefn;
    for (const start of [0, 17, 2 ** 53 - 1, 2n ** 64n - 5n, 2n ** 65n + 3n]) {
      const values = fill(new Float32Array(50), { seed, stream: 0xffffffff, start });
      assertSameBits(values, twin({ key, stream: 0xffffffff }, BigInt(start), 50), `${name} from ${start}`);
    }
  });

  test(`${name}: parts filled in any order equal the whole`, () => {
    const whole = fill(new Float32Array(LENGTH), { seed: "my-paper", start: 5 });
    const parts = new Float32Array(LENGTH);
    const cuts = [0, 1, 65_536, 65_537, 131_072, 149_000, LENGTH];
    for (let i = cuts.length - 2; i >= 0; i--) {
      fill(parts.subarray(cuts[i], cuts[i + 1]), { seed: "my-paper", start: 5n + BigInt(cuts[i]!) });
    }
    assertSameBits(parts, whole, name);
  });

  test(`${name}: only the given part of a buffer is written`, () => {
    const buffer = new Float32Array(64).fill(7);
    fill(buffer.subarray(3, 40));
    assertSameBits(buffer.subarray(3, 40), fill(new Float32Array(37)), name);
    assert.ok([...buffer.subarray(0, 3), ...buffer.subarray(40)].every((value) => value === 7));
    assert.equal(fill(new Float32Array(0)).length, 0);
  });

  test(`${name}: equal seeds in any form are equal, others differ, and 0 is a seed like any other`, () => {
    const of = (options: FillOptions) => [...fill(new Float32Array(8), options)].join();
    assert.equal(
      new Set([of({}), of({ seed: 42 }), of({ seed: 42n }), of({ seed: "42" }), of({ seed: undefined })]).size,
      1,
    );
    assert.equal(of({ seed: 0 }), of({ seed: "0" }));
    assert.notEqual(of({ seed: 0 }), of({}));
    const differing: FillOptions[] = [
      { seed: 1n << 32n },
      { seed: "a" },
      { seed: "b" },
      { stream: 1 },
      { start: 1 },
      { start: 2 ** 34 },
    ];
    assert.equal(new Set([of({}), of({ seed: 0 }), ...differing.map(of)]).size, differing.length + 2);
  });

  const refused: FillOptions[] = [
    ...[
      -1,
      1.5,
      NaN,
      Infinity,
      2 ** 53,
      -1n,
      2n ** 64n,
      "",
      " ",
      "-1",
      "1.5",
      "1e3",
      "0x10",
      "18446744073709551616",
    ].map((seed) => ({ seed })),
    ...[-1, 0.5, NaN, 2 ** 32].map((stream) => ({ stream })),
    ...[-1, 0.5, NaN, 2 ** 53, -1n, 2n ** 66n, 2n ** 66n - 7n].map((start) => ({ start })),
  ];
  for (const options of refused) {
    const [[option, value]] = Object.entries(options) as [[string, unknown]];
    test(`${name}: ${option} ${typeof value} "${value}" is refused`, () => {
      const out = new Float32Array(8);
      assert.throws(
        () => fill(out, options),
        (error) => error instanceof InputError && !error.message.includes("\n"),
      );
      assert.ok(out.every((left) => left === 0));
    });
  }
}
