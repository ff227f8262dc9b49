import { isObject, type JsonObject } from '../../runtime/json.ts'
import { wrongResponseError } from '../fields/response-fields.ts'

/** The forms in which a client can get a vector: numbers, or their little-endian 32-bit floats in base64 (OpenAI API
 *  reference, "Create embeddings", `encoding_format`). */
export const encodings = ['float', 'base64'] as const

/** One of {@link encodings}. */
export type Encoding = (typeof encodings)[number]

/** A vector of a reply. */
export interface Vector {
  /** The provider's own object, with the vector in the form that the client asked for. */
  readonly fields: JsonObject
  readonly dimensions: number
}

const bytesPerFloat = 4

/** Reads the vectors of a response in the order of its inputs. If the indexes of the provider name each input once, they
 *  decide; otherwise the order is that of the response.
 *  @throws upstream_error (502) if they are not as many as the inputs, or if one cannot be read */
export const readVectors = (data: readonly unknown[], inputs: number, encoding: Encoding): Vector[] => {
  const items = data.filter(isObject)
  if (items.length !== inputs || data.length !== inputs)
    throw wrongResponseError(`The provider sent ${data.length} vectors for ${inputs} inputs.`)
  const byIndex = new Map(items.map((item) => [item['index'], item]))
  const ordered = items.map((_, index) => byIndex.get(index))
  const isComplete = ordered.every((item) => item !== undefined)
  return (isComplete ? ordered : items).map((item = {}) => toVector(item, encoding))
}

const toVector = (item: JsonObject, encoding: Encoding): Vector => {
  const { embedding } = item
  const bytes = typeof embedding === 'string' ? Buffer.from(embedding, 'base64') : undefined
  if (bytes && bytes.length > 0 && bytes.length % bytesPerFloat === 0) {
    const given = encoding === 'base64' ? bytes.toString('base64') : readFloats(bytes)
    return { fields: { ...item, embedding: given }, dimensions: bytes.length / bytesPerFloat }
  }
  if (!isNumbers(embedding)) throw wrongResponseError('The provider sent a vector that cannot be read.')
  const given = encoding === 'base64' ? writeFloats(embedding).toString('base64') : embedding
  return { fields: { ...item, embedding: given }, dimensions: embedding.length }
}

const isNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.length > 0 && value.every((number) => typeof number === 'number')

const readFloats = (bytes: Buffer): number[] =>
  Array.from({ length: bytes.length / bytesPerFloat }, (_, index) => bytes.readFloatLE(index * bytesPerFloat))

const writeFloats = (numbers: readonly number[]): Buffer => {
  const bytes = Buffer.allocUnsafe(numbers.length * bytesPerFloat)
  for (const [index, number] of numbers.entries()) bytes.writeFloatLE(number, index * bytesPerFloat)
  return bytes
}
