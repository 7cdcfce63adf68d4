import { createBlockDecoder, type BlockDecoder, type BlockFault } from "../core/bzip2.ts";
import { createCore } from "../core/instance.ts";
import { BrokenStream } from "../data/errors.ts";
import { bitWindow, type BitWindow } from "./bitwindow.ts";

const LEVELS = 9;
// More than a block takes: 900,000 symbols of 20 bits, and its head with 32,767 numbers of 6 bits.
const WINDOW_BYTES = 2_400_000;
const HEADER = 0x425a68; // "BZh"
const BLOCK_MAGIC = 0x314159265359; // pi
const END_MAGIC = 0x177245385090; // its square root
const REASONS: Record<BlockFault, string> = {
  ended: "end too early",
  damaged: "are damaged",
  randomised: "are of a version before 0.9.5",
};

/**
 * The bytes of a bzip2 file, of one stream or several one after the other, in memory of about 8 MB (47 MB more where runs
 * of a byte are long). Throws `BrokenStream` after all blocks that are whole, where the data are damaged or end too early;
 * what `chunks` throws comes after them too.
 */
export async function* unbzip2(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const decoder = createBlockDecoder(createCore(), LEVELS, WINDOW_BYTES);
  const input = bitWindow(chunks, decoder.window);
  try {
    for (let stream = 1; (await input.fill()) > 0; stream++) yield* readStream(input, decoder, stream);
    if (input.failure()) throw input.failure();
  } finally {
    await input.close();
  }
}

async function* readStream(input: BitWindow, decoder: BlockDecoder, stream: number): AsyncGenerator<Uint8Array> {
  const start = input.position();
  let block = 0;
  const broken = (reason: string): unknown => {
    const place = `stream ${stream}${block > 0 ? `, block ${block}` : ""}, from byte ${input.position()} on`;
    return input.failure() ?? new BrokenStream(`The bzip2 data ${reason} (${place})`);
  };
  const take = (bits: number): number => {
    const value = input.take(bits);
    if (value === undefined) throw broken(REASONS.ended);
    return value;
  };
  if (take(24) !== HEADER)
    throw broken(start === 0 ? "are none: they begin otherwise" : "are followed by something else");
  const level = take(8) - 0x30;
  if (level < 1 || level > LEVELS) throw broken("are damaged: no stream begins");
  let crcs = 0;
  for (;;) {
    await input.fill();
    block++;
    const [magic, crc] = [take(48), take(32)];
    if (magic === END_MAGIC && crc === crcs) return input.align();
    if (magic === END_MAGIC) throw broken("are damaged: wrong CRC of the stream");
    if (magic !== BLOCK_MAGIC) throw broken("are damaged: no block begins");
    const opened = decoder.open(input.bitAt(), input.byteLength(), level);
    if ("fault" in opened) throw broken(REASONS[opened.fault]);
    const parts = [...partsOf(decoder)];
    if (decoder.crc() !== crc) throw broken("are damaged: wrong CRC of the block");
    crcs = (((crcs << 1) | (crcs >>> 31)) ^ crc) >>> 0;
    input.move(opened.bitEnd);
    yield* parts;
  }
}

/** All bytes of the block: none is given out before their CRC is known. */
function* partsOf(decoder: BlockDecoder): Generator<Uint8Array> {
  for (let part = decoder.read(); part.length > 0; part = decoder.read()) yield part.slice();
}
