/** Turns the stored bytes of a tensor into numbers. */
export type TensorDecoder = Readonly<{
  /** Bytes that `count` values take in the file. */
  byteLength(count: number): number
  decode(bytes: Uint8Array, count: number): Float32Array
}>

const Q8_BLOCK_VALUES = 32
const Q8_BLOCK_BYTES = 2 + Q8_BLOCK_VALUES

const createView = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** IEEE 754 binary16 to a number. */
const halfToNumber = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

const float32: TensorDecoder = {
  byteLength: (count) => count * 4,
  decode: (bytes, count) => {
    const view = createView(bytes)
    return Float32Array.from({ length: count }, (_, index) => view.getFloat32(index * 4, true))
  },
}

const q8: TensorDecoder = {
  byteLength: (count) => Math.ceil(count / Q8_BLOCK_VALUES) * Q8_BLOCK_BYTES,
  decode: (bytes, count) => {
    const view = createView(bytes)
    const values = new Float32Array(count)
    for (let block = 0; block * Q8_BLOCK_VALUES < count; block++) {
      const start = block * Q8_BLOCK_BYTES
      const scale = halfToNumber(view.getUint16(start, true))
      for (let index = 0; index < Q8_BLOCK_VALUES; index++) {
        values[block * Q8_BLOCK_VALUES + index] = scale * view.getInt8(start + 2 + index)
      }
    }
    return values
  },
}

/** The decoders by their GGML type number: 0 is F32; 8 is Q8_0, blocks of a half-precision scale and 32 signed bytes
 *  (ggml, `ggml-common.h`, `block_q8_0`). */
export const tensorDecoders: ReadonlyMap<number, TensorDecoder> = new Map([
  [0, float32],
  [8, q8],
])
