// The binary format of COPY, as PostgreSQL's documentation of COPY has it: all numbers big-endian, each value after its
// length in bytes, -1 for NULL.

const BEGIN_BYTES = (1 << 18) + (1 << 16); // for a piece and the end of its last row
const SHORT = 48; // characters up to which a loop is faster than TextEncoder

const encoder = new TextEncoder();

/** Bytes that grow as values are appended. */
export class CopyBuffer {
  private bytes = new Uint8Array(BEGIN_BYTES);
  private view = new DataView(this.bytes.buffer);
  private end = 0;

  get byteLength(): number {
    return this.end;
  }

  /** What was appended since the last time. */
  take(): Uint8Array {
    const taken = this.bytes.subarray(0, this.end);
    this.bytes = new Uint8Array(BEGIN_BYTES);
    this.view = new DataView(this.bytes.buffer);
    this.end = 0;
    return taken;
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.end++] = value;
  }

  int16(value: number): void {
    this.reserve(2);
    this.view.setInt16(this.end, value);
    this.end += 2;
  }

  int32(value: number): void {
    this.reserve(4);
    this.view.setInt32(this.end, value);
    this.end += 4;
  }

  /** An integer from -2^63 to below 2^63. */
  int64(value: number): void {
    const high = Math.floor(value / 2 ** 32);
    this.int32(high);
    this.int32(value - high * 2 ** 32); // modulo 2^32
  }

  float64(value: number): void {
    this.reserve(8);
    this.view.setFloat64(this.end, value);
    this.end += 8;
  }

  float32s(values: Float32Array): void {
    this.reserve(4 * values.length);
    const { view } = this;
    let at = this.end;
    for (let i = 0; i < values.length; i++, at += 4) view.setFloat32(at, values[i]!);
    this.end = at;
  }

  /** As an array of `real` has them: each after its length. */
  sizedFloat32s(values: Float32Array): void {
    this.reserve(8 * values.length);
    const { view } = this;
    let at = this.end;
    for (let i = 0; i < values.length; i++, at += 8) {
      view.setInt32(at, 4);
      view.setFloat32(at + 4, values[i]!);
    }
    this.end = at;
  }

  /** A text after its length, which counts `prefix` bytes that stand before it. */
  text(text: string, prefix: readonly number[] = []): void {
    this.reserve(4 + prefix.length + 3 * text.length);
    const from = this.end;
    this.end += 4;
    for (const value of prefix) this.bytes[this.end++] = value;
    if (text.length > SHORT || !this.ascii(text)) {
      this.end += encoder.encodeInto(text, this.bytes.subarray(this.end)).written;
    }
    this.view.setInt32(from, this.end - from - 4);
  }

  private ascii(text: string): boolean {
    const { bytes, end } = this;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return false;
      bytes[end + i] = code;
    }
    this.end += text.length;
    return true;
  }

  private reserve(count: number): void {
    if (this.end + count <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.bytes.length, this.end + count));
    grown.set(this.bytes.subarray(0, this.end));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }
}
