import { palettes, type Palette, type PaletteName } from "../data/palettes.ts";

/** The largest value that a cell can have. */
export function maxCell(name: PaletteName): number {
  const { colours }: Palette = palettes[name];
  return (colours?.length ?? 256) - 1;
}

/** Red, green and blue of a cell's value. */
export function colourOf(value: number, name: PaletteName): readonly [red: number, green: number, blue: number] {
  const { colours }: Palette = palettes[name];
  return colours?.[value] ?? [value, value, value];
}
