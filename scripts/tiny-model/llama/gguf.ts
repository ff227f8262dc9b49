import { type ByteCursor, createByteCursor } from './byte-cursor.ts'
import { tensorDecoders } from './tensor-decoder.ts'

/** A metadata value. Integers of 64 bits come as numbers, exact up to 2^53. */
type GgufValue = string | number | boolean | readonly GgufValue[]

/** A parsed model file. Each method throws an `Error` with the name of a key or tensor that is missing or of another
 *  type. */
export type Gguf = Readonly<{
  number(key: string): number
  string(key: string): string
  numbers(key: string): readonly number[]
  strings(key: string): readonly string[]
  /** Returns the values of one tensor, row after row. `shape` begins with the outermost dimension: `[rows,
   *  columns]`. */
  tensor(name: string, shape: readonly number[]): Float32Array
}>

type TensorInfo = Readonly<{ name: string; shape: readonly number[]; type: number; offset: number }>

const MAGIC = 0x46554747
const VERSION = 3
const DEFAULT_ALIGNMENT = 32
const MAX_DIMENSIONS = 4
const ARRAY_TYPE = 9

const scalarReaders: ReadonlyMap<number, (cursor: ByteCursor) => GgufValue> = new Map([
  [0, (cursor: ByteCursor): GgufValue => cursor.uint8()],
  [1, (cursor) => cursor.int8()],
  [2, (cursor) => cursor.uint16()],
  [3, (cursor) => cursor.int16()],
  [4, (cursor) => cursor.uint32()],
  [5, (cursor) => cursor.int32()],
  [6, (cursor) => cursor.float32()],
  [7, (cursor) => cursor.uint8() !== 0],
  [8, (cursor) => cursor.string()],
  [10, (cursor) => cursor.uint64()],
  [11, (cursor) => cursor.int64()],
  [12, (cursor) => cursor.float64()],
])

/** Calls `read` `count` times. Each call moves a cursor, so a false count fails at the end of the file. */
const repeat = <T>(count: number, read: () => T): T[] => {
  const items: T[] = []
  while (items.length < count) items.push(read())
  return items
}

const readScalar = (cursor: ByteCursor, type: number): GgufValue => {
  const read = scalarReaders.get(type)
  if (!read) throw new Error(`The file holds a metadata value of the unsupported type ${type}.`)
  return read(cursor)
}

const readValue = (cursor: ByteCursor, type: number): GgufValue => {
  if (type !== ARRAY_TYPE) return readScalar(cursor, type)
  const elementType = cursor.uint32()
  return repeat(cursor.uint64(), () => readScalar(cursor, elementType))
}

const readMetadataEntry = (cursor: ByteCursor): [string, GgufValue] => {
  const key = cursor.string()
  return [key, readValue(cursor, cursor.uint32())]
}

const readTensorInfo = (cursor: ByteCursor): TensorInfo => {
  const name = cursor.string()
  const dimensions = cursor.uint32()
  if (dimensions > MAX_DIMENSIONS) {
    throw new Error(`Tensor '${name}' has ${dimensions} dimensions; at most ${MAX_DIMENSIONS} are possible.`)
  }
  const shape = repeat(dimensions, cursor.uint64).reverse()
  return { name, shape, type: cursor.uint32(), offset: cursor.uint64() }
}

const readTensor = (data: Uint8Array, info: TensorInfo): Float32Array => {
  const decoder = tensorDecoders.get(info.type)
  if (!decoder)
    throw new Error(`Tensor '${info.name}' is of GGML type ${info.type}; this reader supports F32 and Q8_0.`)
  const count = info.shape.reduce((product, length) => product * length, 1)
  const end = info.offset + decoder.byteLength(count)
  if (end > data.length) {
    throw new Error(`The file is truncated: tensor '${info.name}' ends at byte ${end} of ${data.length} bytes of data.`)
  }
  return decoder.decode(data.subarray(info.offset, end), count)
}

const readHeader = (cursor: ByteCursor): { tensorCount: number; metadataCount: number } => {
  if (cursor.uint32() !== MAGIC) throw new Error("This is not a GGUF file: it does not begin with 'GGUF'.")
  const version = cursor.uint32()
  if (version !== VERSION) throw new Error(`The file is of GGUF version ${version}; this reader supports version 3.`)
  return { tensorCount: cursor.uint64(), metadataCount: cursor.uint64() }
}

const isNumber = (value: unknown): value is number => typeof value === 'number'
const isString = (value: unknown): value is string => typeof value === 'string'
const createArrayGuard =
  <T>(isElement: (value: unknown) => value is T) =>
  (value: unknown): value is readonly T[] =>
    Array.isArray(value) && value.every(isElement)

const createMetadataReader =
  (metadata: ReadonlyMap<string, GgufValue>) =>
  <T>(kind: string, is: (value: unknown) => value is T) =>
  (key: string): T => {
    const value: unknown = metadata.get(key)
    if (!is(value)) throw new Error(`The file has no ${kind} '${key}' in its metadata.`)
    return value
  }

/** Reads a GGUF model file of version 3, little-endian, with tensors in F32 or Q8_0 (ggml, `docs/gguf.md`: magic,
 *  version, counts, metadata, tensor descriptions, padding, tensor data).
 *  @throws Error if the file is truncated or of an unknown format */
export const readGguf = (bytes: Uint8Array): Gguf => {
  const cursor = createByteCursor(bytes)
  const { tensorCount, metadataCount } = readHeader(cursor)
  const metadata = new Map(repeat(metadataCount, () => readMetadataEntry(cursor)))
  const infos = new Map(repeat(tensorCount, () => readTensorInfo(cursor)).map((info) => [info.name, info]))
  const alignment = metadata.get('general.alignment') ?? DEFAULT_ALIGNMENT
  if (!isNumber(alignment) || alignment < 1) throw new Error("The file's 'general.alignment' is not a positive number.")
  const data = bytes.subarray(Math.ceil(cursor.position() / alignment) * alignment)
  const read = createMetadataReader(metadata)
  return {
    number: read('number', isNumber),
    string: read('string', isString),
    numbers: read('array of numbers', createArrayGuard(isNumber)),
    strings: read('array of strings', createArrayGuard(isString)),
    tensor: (name, shape) => {
      const info = infos.get(name)
      if (!info) throw new Error(`The file has no tensor '${name}'.`)
      if (info.shape.join() !== shape.join()) {
        throw new Error(`Tensor '${name}' has the shape [${info.shape.join()}]; [${shape.join()}] was expected.`)
      }
      return readTensor(data, info)
    },
  }
}
