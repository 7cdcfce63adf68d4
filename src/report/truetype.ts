/** What is needed of a TrueType font to print text from left to right, glyph by glyph. All lengths are in font units. */
export interface Font {
  readonly unitsPerEm: number;
  /** The glyph of a character; 0, an empty box, where the font has none. */
  glyphOf(codePoint: number): number;
  advanceOf(glyph: number): number;
  outlineOf(glyph: number): readonly Contour[];
}

/** A closed line: its first point is on it, and each that is off it stands between two that are on, as their control point. */
export type Contour = readonly OutlinePoint[];

interface OutlinePoint {
  readonly x: number;
  /** Upward from the baseline. */
  readonly y: number;
  readonly isOn: boolean;
}

const MAX_DEPTH = 8; // of glyphs made of glyphs

/** Reads a font with TrueType outlines and a Unicode map of format 12. Throws where a table is missing. */
export function openFont(bytes: Uint8Array): Font {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tables = new Map<string, number>();
  for (let i = 0; i < view.getUint16(4); i++) {
    const record = 12 + 16 * i;
    tables.set(String.fromCharCode(...bytes.subarray(record, record + 4)), view.getUint32(record + 8));
  }
  const table = (tag: string) => {
    const offset = tables.get(tag);
    if (offset === undefined) throw new Error(`Cannot read the font: expected a table "${tag}"`);
    return offset;
  };
  const [head, loca, glyf, hmtx] = [table("head"), table("loca"), table("glyf"), table("hmtx")];
  const groups = findGroups(view, table("cmap"));
  const hasLongOffsets = view.getInt16(head + 50) === 1;
  const metrics = view.getUint16(table("hhea") + 34);
  const offsetOf = (glyph: number) =>
    hasLongOffsets ? view.getUint32(loca + 4 * glyph) : 2 * view.getUint16(loca + 2 * glyph);

  const outlines = new Map<number, Contour[]>();
  const readOutline = (glyph: number, depth = 0): Contour[] => {
    const start = offsetOf(glyph);
    if (start === offsetOf(glyph + 1)) return []; // a space
    const isSimple = view.getInt16(glyf + start) >= 0;
    if (isSimple) return readContours(view, glyf + start);
    if (depth === MAX_DEPTH) throw new Error(`Cannot read glyph ${glyph}: expected no deeper nesting`);
    return readParts(view, glyf + start).flatMap(({ glyph: part, place }) =>
      readOutline(part, depth + 1).map((contour) => contour.map(place)),
    );
  };
  return {
    unitsPerEm: view.getUint16(head + 18),
    glyphOf(codePoint) {
      const group = groups.find(({ first, last }) => first <= codePoint && codePoint <= last);
      return group ? group.glyph + codePoint - group.first : 0;
    },
    advanceOf: (glyph) => view.getUint16(hmtx + 4 * Math.min(glyph, metrics - 1)),
    outlineOf(glyph) {
      const known = outlines.get(glyph) ?? readOutline(glyph);
      outlines.set(glyph, known);
      return known;
    },
  };
}

/** Characters `first` to `last`, whose glyphs follow each other from `glyph` on. */
interface Group {
  readonly first: number;
  readonly last: number;
  readonly glyph: number;
}

function findGroups(view: DataView, cmap: number): Group[] {
  for (let i = 0; i < view.getUint16(cmap + 2); i++) {
    const at = cmap + view.getUint32(cmap + 8 + 8 * i);
    if (view.getUint16(at) !== 12) continue;
    return Array.from({ length: view.getUint32(at + 12) }, (_, group) => {
      const record = at + 16 + 12 * group;
      const [first, last, glyph] = [0, 4, 8].map((offset) => view.getUint32(record + offset));
      return { first: first!, last: last!, glyph: glyph! };
    });
  }
  throw new Error("Cannot read the font: expected a character map of format 12");
}

const ON_CURVE = 1;
const REPEAT = 8;
const X_AXIS = { short: 2, sameOrPositive: 16 };
const Y_AXIS = { short: 4, sameOrPositive: 32 };

function readContours(view: DataView, glyph: number): Contour[] {
  const count = view.getInt16(glyph);
  const ends = Array.from({ length: count }, (_, i) => view.getUint16(glyph + 10 + 2 * i));
  const points = (ends.at(-1) ?? -1) + 1;
  let at = glyph + 10 + 2 * count;
  at += 2 + view.getUint16(at); // instructions
  const flags: number[] = [];
  while (flags.length < points) {
    const flag = view.getUint8(at++);
    const times = flag & REPEAT ? view.getUint8(at++) + 1 : 1;
    for (let i = 0; i < times; i++) flags.push(flag);
  }
  const readAxis = ({ short, sameOrPositive }: typeof X_AXIS) => {
    let value = 0;
    return flags.map((flag) => {
      if (flag & short) value += flag & sameOrPositive ? view.getUint8(at++) : -view.getUint8(at++);
      else if (!(flag & sameOrPositive)) {
        value += view.getInt16(at);
        at += 2;
      }
      return value;
    });
  };
  const xs = readAxis(X_AXIS);
  const ys = readAxis(Y_AXIS);
  const all = flags.map((flag, i) => ({ x: xs[i]!, y: ys[i]!, isOn: (flag & ON_CURVE) !== 0 }));
  return ends.map((end, i) => completeContour(all.slice(i === 0 ? 0 : ends[i - 1]! + 1, end + 1)));
}

/** Fonts leave out the points on the line that lie in the middle between two off it, and begin anywhere. */
function completeContour(points: readonly OutlinePoint[]): Contour {
  const complete = points.flatMap((point, i) => {
    const next = points[(i + 1) % points.length]!;
    if (point.isOn || next.isOn) return [point];
    return [point, { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2, isOn: true }];
  });
  const start = complete.findIndex(({ isOn }) => isOn);
  return [...complete.slice(start), ...complete.slice(0, start)];
}

interface Part {
  readonly glyph: number;
  readonly place: (point: OutlinePoint) => OutlinePoint;
}

const WORD_OFFSETS = 0x01;
const ONE_SCALE = 0x08;
const MORE_PARTS = 0x20;
const TWO_SCALES = 0x40;
const MATRIX = 0x80;

/** The parts of a glyph made of others; those placed by matching points, which this font has none of, stay where they are. */
function readParts(view: DataView, start: number): Part[] {
  const parts: Part[] = [];
  let at = start + 10;
  for (let flags = MORE_PARTS; flags & MORE_PARTS;) {
    flags = view.getUint16(at);
    const glyph = view.getUint16(at + 2);
    const isWord = flags & WORD_OFFSETS;
    const dx = isWord ? view.getInt16(at + 4) : view.getInt8(at + 4);
    const dy = isWord ? view.getInt16(at + 6) : view.getInt8(at + 5);
    at += isWord ? 8 : 6;
    const scales = flags & MATRIX ? 4 : flags & TWO_SCALES ? 2 : flags & ONE_SCALE ? 1 : 0;
    const [a = 1, b, c, d] = Array.from({ length: scales }, (_, i) => view.getInt16(at + 2 * i) / 16384);
    at += 2 * scales;
    const [xx, xy, yx, yy] = scales === 4 ? [a, b!, c!, d!] : [a, 0, 0, b ?? a];
    const place = ({ x, y, isOn }: OutlinePoint) => ({ x: xx * x + yx * y + dx, y: xy * x + yy * y + dy, isOn });
    parts.push({ glyph, place });
  }
  return parts;
}
