/** Reads little-endian values one after another. A read past the end throws an `Error` with the position. */
export type ByteCursor = Readonly<{
  /** The number of bytes read so far. */
  position(): number
  uint8(): number
  int8(): number
  uint16(): number
  int16(): number
  uint32(): number
  int32(): number
  /** As a number; exact up to 2^53. */
  uint64(): number
  /** As a number; exact up to ±2^53. */
  int64(): number
  float32(): number
  float64(): number
  /** A byte count of 64 bits, then that many bytes of UTF-8. */
  string(): string
}>

/** Creates a cursor at the first of `bytes`.
 *  @throws Error if a read passes the end */
export const createByteCursor = (bytes: Uint8Array): ByteCursor => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let position = 0
  const take = (size: number): number => {
    if (position + size > bytes.length) {
      throw new Error(`The file is truncated: ${size} bytes expected at byte ${position} of ${bytes.length}.`)
    }
    position += size
    return position - size
  }
  const uint64 = () => Number(view.getBigUint64(take(8), true))
  return {
    position: () => position,
    uint8: () => view.getUint8(take(1)),
    int8: () => view.getInt8(take(1)),
    uint16: () => view.getUint16(take(2), true),
    int16: () => view.getInt16(take(2), true),
    uint32: () => view.getUint32(take(4), true),
    int32: () => view.getInt32(take(4), true),
    uint64,
    int64: () => Number(view.getBigInt64(take(8), true)),
    float32: () => view.getFloat32(take(4), true),
    float64: () => view.getFloat64(take(8), true),
    string: () => {
      const size = uint64()
      const start = take(size)
      return new TextDecoder().decode(bytes.subarray(start, start + size))
    },
  }
}
