type Colour = readonly [red: number, green: number, blue: number];

/** How colours 0 (the background) to 9 become pixels. */
export interface Palette {
  /** The pixel value of each colour. */
  readonly values: readonly number[];
  /** What pixel value i looks like, where it is not that shade of gray. */
  readonly colours?: readonly Colour[];
}

/** `gray` spreads the colours over 0 to 255; `arc` keeps 0 to 9, seen in the colours of the ARC tasks. */
export const palettes = {
  gray: { values: Array.from({ length: 10 }, (_, colour) => Math.round((colour * 255) / 9)) },
  arc: {
    values: Array.from({ length: 10 }, (_, colour) => colour),
    colours: [
      [0x00, 0x00, 0x00],
      [0x00, 0x74, 0xd9],
      [0xff, 0x41, 0x36],
      [0x2e, 0xcc, 0x40],
      [0xff, 0xdc, 0x00],
      [0xaa, 0xaa, 0xaa],
      [0xf0, 0x12, 0xbe],
      [0xff, 0x85, 0x1b],
      [0x7f, 0xdb, 0xff],
      [0x87, 0x0c, 0x25],
    ],
  },
} as const satisfies Record<string, Palette>;

export type PaletteName = keyof typeof palettes;
