import type { IncomingHttpHeaders } from 'node:http'
import { pipeline, Readable, Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib'
import { maxResponseBytes } from '../../protocol/sse.ts'
import { brokenResponseError, oversizedResponseError } from '../errors/upstream-errors.ts'
import { getCharset, isZlib } from './body-encoding.ts'

/** Creates the decoder for a body with these first bytes. Returns undefined if the body is not encoded after all: proxies
 *  unpack bodies and leave the header as it was. */
type CreateDecoder = (first: Buffer) => Transform | undefined

/** What the first bytes tell, whatever a header says: gzip, zlib, or the byte order mark of UTF-16. */
const createByFirstBytes: CreateDecoder = (first) => {
  if (first[0] === 0x1f) return createGunzip()
  if (isZlib(first)) return createInflate()
  if (first[0] === 0xff) return createTextDecoder('utf-16le')
  return first[0] === 0xfe ? createTextDecoder('utf-16be') : undefined
}

/** The encodings of RFC 9110, section 8.4.1, and brotli. Some servers send `deflate` without the header of zlib. */
const decoders: Readonly<Record<string, CreateDecoder>> = {
  gzip: createByFirstBytes,
  'x-gzip': createByFirstBytes,
  deflate: (first) => createByFirstBytes(first) ?? createInflateRaw(),
  br: () => createBrotliDecompress(),
}

/** Turns text in another encoding into UTF-8, piece by piece. */
const createTextDecoder = (charset: string): Transform => {
  const decoder = new TextDecoder(charset)
  return new Transform({
    transform: (piece: Buffer, _encoding, done) => done(null, decoder.decode(piece, { stream: true })),
    flush: (done) => done(null, decoder.decode()),
  })
}

/** The bytes of a body in UTF-8, unpacked as they come: each piece of a stream goes on at once.
 *  @throws upstream_error (502) for an unknown encoding. The stream fails with it if more than `maxResponseBytes` come out */
export const decodeBody = (body: Readable, headers: IncomingHttpHeaders): Readable => {
  const encodings = (headers['content-encoding'] ?? '').toLowerCase().split(',')
  let bytes: AsyncIterable<Buffer> = body
  for (const encoding of encodings.map((name) => name.trim()).reverse()) {
    if (encoding === '' || encoding === 'identity') continue
    const createDecoder = Object.hasOwn(decoders, encoding) ? decoders[encoding] : undefined
    if (!createDecoder) throw brokenResponseError(describeEncoding(encoding))
    bytes = decode(bytes, createDecoder)
  }
  const charset = getCharset(headers)
  bytes = decode(bytes, createByFirstBytes)
  if (charset) bytes = decode(bytes, () => createTextDecoder(charset))
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
  const decoder = createDecoder(first.value)
  let size = 0
  for await (const piece of decoder ? pipeline(Readable.from(all()), decoder, () => undefined) : all()) {
    size += piece.length
    if (size > maxResponseBytes) throw oversizedResponseError()
    yield piece
  }
}
