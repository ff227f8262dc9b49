import type { IncomingMessage } from 'node:http'
import { pipeline, Readable, type Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib'
import { maxResponseBytes } from '../../protocol/sse.ts'
import { brokenResponseError, oversizedResponseError } from '../errors/upstream-errors.ts'

/** Creates the decoder for a body with this first byte. Returns undefined if the body is not encoded after all: proxies
 *  unpack bodies and leave the header as it was. */
type CreateDecoder = (firstByte: number) => Transform | undefined

const gzip: CreateDecoder = (firstByte) => (firstByte === 0x1f ? createGunzip() : undefined)

/** The encodings of RFC 9110, section 8.4.1, and brotli. Some servers send `deflate` without the header of zlib. */
const decoders: Readonly<Record<string, CreateDecoder>> = {
  gzip,
  'x-gzip': gzip,
  deflate: (firstByte) => ((firstByte & 0x0f) === 0x08 ? createInflate() : createInflateRaw()),
  br: () => createBrotliDecompress(),
}

/** The body of a message, unpacked as it comes: each piece of a stream goes on at once.
 *  @throws upstream_error (502) for an unknown encoding. The stream fails with it if more than `maxResponseBytes` come out */
export const decodeBody = (message: IncomingMessage): Readable => {
  const encodings = String(message.headers['content-encoding']).toLowerCase().split(',')
  let bytes: AsyncIterable<Buffer> = message
  for (const encoding of encodings.map((name) => name.trim()).reverse()) {
    if (encoding === '' || encoding === 'identity') continue
    const createDecoder = Object.hasOwn(decoders, encoding) ? decoders[encoding] : undefined
    if (!createDecoder) throw brokenResponseError(describeEncoding(encoding))
    bytes = decode(bytes, createDecoder)
  }
  return Readable.from(bytes, { objectMode: false }).on('error', () => undefined)
}

/** Node has no zstd before version 22. */
const describeEncoding = (encoding: string): string => {
  const name = /^[\w-]{1,20}$/.test(encoding) ? `as ${encoding}` : 'in an unknown way'
  return `The provider compressed its response ${name}, which was not asked for and cannot be read. Choose another model.`
}

async function* decode(source: AsyncIterable<Buffer>, createDecoder: CreateDecoder): AsyncGenerator<Buffer> {
  const pieces = source[Symbol.asyncIterator]()
  const first = await pieces.next()
  if (first.done) return
  async function* all(): AsyncGenerator<Buffer> {
    yield first.value
    yield* { [Symbol.asyncIterator]: () => pieces }
  }
  const decoder = createDecoder(first.value[0] ?? 0)
  let size = 0
  for await (const piece of decoder ? pipeline(Readable.from(all()), decoder, () => undefined) : all()) {
    size += piece.length
    if (size > maxResponseBytes) throw oversizedResponseError()
    yield piece
  }
}
