import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { readGguf } from '../../scripts/tiny-model/llama/gguf.ts'
import { readLlamaWeights } from '../../scripts/tiny-model/llama/llama-weights.ts'

const file = readFileSync(join(__dirname, '../../scripts/tiny-model/tiny.gguf'))

const string = (text: string): Buffer => {
  const size = Buffer.alloc(8)
  size.writeBigUInt64LE(BigInt(Buffer.byteLength(text)))
  return Buffer.concat([size, Buffer.from(text)])
}

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

const uint64 = (value: number): Buffer => Buffer.concat([uint32(value), uint32(0)])

const header = (tensorCount: number, metadataCount: number): Buffer =>
  Buffer.concat([Buffer.from('GGUF'), uint32(3), uint64(tensorCount), uint64(metadataCount)])

/** A file of one tensor. The description is padded to the 32 bytes at which the data begins. */
const tensorFile = (tensor: { type: number; shape: number[]; data: Buffer }): Buffer => {
  const description = Buffer.concat([
    header(1, 0),
    string('weights'),
    uint32(tensor.shape.length),
    ...[...tensor.shape].reverse().map(uint64),
    uint32(tensor.type),
    uint64(0),
  ])
  return Buffer.concat([description, Buffer.alloc(-description.length & 31), tensor.data])
}

describe('the GGUF reader', () => {
  test('reads the sizes and tokens of the embedded model', () => {
    const gguf = readGguf(file)
    expect(gguf.string('general.architecture')).toBe('llama')
    expect(gguf.number('llama.context_length')).toBe(512)
    expect(gguf.strings('tokenizer.ggml.tokens')).toHaveLength(448)
    expect(gguf.numbers('tokenizer.ggml.token_type')).toHaveLength(448)
    expect(readLlamaWeights(gguf).blocks).toHaveLength(3)
  })

  test('reads every kind of scalar and arrays of them', () => {
    const entries: [string, Buffer][] = [
      ['uint8', Buffer.from([0, 0, 0, 0, 200])],
      ['int8', Buffer.from([1, 0, 0, 0, 200])],
      ['uint16', Buffer.from([2, 0, 0, 0, 0xff, 0xff])],
      ['int16', Buffer.from([3, 0, 0, 0, 0xff, 0xff])],
      ['int32', Buffer.concat([uint32(5), uint32(0xffffffff)])],
      ['float32', Buffer.concat([uint32(6), uint32(0x3fc00000)])],
      ['uint64', Buffer.concat([uint32(10), uint64(7)])],
      ['int64', Buffer.concat([uint32(11), Buffer.alloc(8, 0xff)])],
      ['float64', Buffer.concat([uint32(12), uint32(0), uint32(0x3ff80000)])],
      ['array', Buffer.concat([uint32(9), uint32(4), uint64(2), uint32(1), uint32(2)])],
    ]
    const gguf = readGguf(
      Buffer.concat([header(0, entries.length), ...entries.map(([key, value]) => Buffer.concat([string(key), value]))]),
    )
    const scalars = entries.slice(0, -1).map(([key]) => gguf.number(key))
    expect(scalars).toEqual([200, -56, 65535, -1, -1, 1.5, 7, -1, 1.5])
    expect(gguf.numbers('array')).toEqual([1, 2])
  })

  test('scales each block of a Q8_0 tensor by its own half-precision scale', () => {
    const scales = [0x3800, 0xc000, 0x0001]
    const blocks = scales.map((scale) => Buffer.concat([Buffer.from([scale & 0xff, scale >> 8]), Buffer.alloc(32, 3)]))
    const values = readGguf(tensorFile({ type: 8, shape: [3, 32], data: Buffer.concat(blocks) })).tensor(
      'weights',
      [3, 32],
    )
    expect([values[0], values[32], values[95]]).toEqual([1.5, -6, 3 * 2 ** -24])
  })

  test('reports a file that is cut anywhere as truncated', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: file.length - 1 }), (length) => {
        expect(() => readLlamaWeights(readGguf(file.subarray(0, length)))).toThrow('The file is truncated')
      }),
    )
  })

  test.each<[string, Buffer, string]>([
    ['another kind of file', Buffer.from('{"json": "file"}'), "it does not begin with 'GGUF'"],
    ['another version', Buffer.concat([Buffer.from('GGUF'), uint32(2)]), 'GGUF version 2'],
    [
      'an unknown kind of metadata',
      Buffer.concat([header(0, 1), string('key'), uint32(99)]),
      'the unsupported type 99',
    ],
    [
      'a tensor of too many dimensions',
      Buffer.concat([header(1, 0), string('weights'), uint32(5)]),
      'has 5 dimensions',
    ],
    ['a false count of tensors', header(0xffffffff, 0), 'The file is truncated'],
    [
      'an alignment of zero',
      Buffer.concat([header(0, 1), string('general.alignment'), uint32(4), uint32(0)]),
      "'general.alignment' is not a positive number",
    ],
  ])('rejects %s', (_, bytes, message) => {
    expect(() => readGguf(bytes)).toThrow(message)
  })

  test('names a tensor that is missing, of another shape, of another type or longer than the file', () => {
    const data = Buffer.alloc(8)
    const gguf = readGguf(tensorFile({ type: 0, shape: [1, 2], data }))
    expect(Array.from(gguf.tensor('weights', [1, 2]))).toEqual([0, 0])
    expect(() => gguf.tensor('other', [1, 2])).toThrow("no tensor 'other'")
    expect(() => gguf.tensor('weights', [2, 1])).toThrow("'weights' has the shape [1,2]; [2,1] was expected")
    const unknown = readGguf(tensorFile({ type: 2, shape: [2], data }))
    expect(() => unknown.tensor('weights', [2])).toThrow("'weights' is of GGML type 2")
    const short = readGguf(tensorFile({ type: 0, shape: [3], data }))
    expect(() => short.tensor('weights', [3])).toThrow("truncated: tensor 'weights' ends at byte 12 of 8")
  })

  test('names a metadata key that is missing or of another type', () => {
    const gguf = readGguf(file)
    expect(() => gguf.number('llama.missing')).toThrow("no number 'llama.missing'")
    expect(() => gguf.strings('llama.context_length')).toThrow("no array of strings 'llama.context_length'")
  })
})

describe('the reader of llama weights', () => {
  test('rejects a file of another architecture', () => {
    const bytes = Buffer.concat([header(0, 1), string('general.architecture'), uint32(8), string('gpt2')])
    expect(() => readLlamaWeights(readGguf(bytes))).toThrow("of the architecture 'gpt2'")
  })

  test('rejects grouped attention heads', () => {
    const grouped = { ...readGguf(file), number: (key: string) => (key.endsWith('head_count_kv') ? 2 : 4) }
    expect(() => readLlamaWeights(grouped)).toThrow('grouped attention heads')
  })
})
