import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { readVectors } from '../../shared/wires/embeddings/vectors.ts'

const vectors = fc.array(fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }), {
  minLength: 1,
})

/** The bits of numbers, so that -0 is not 0. */
const toBits = (numbers: unknown): string => Buffer.from(new Float32Array(numbers as number[]).buffer).toString('hex')

test('any vector keeps its bits on the way to base64 and back', () => {
  fc.assert(
    fc.property(vectors, (given) => {
      const data = given.map((embedding, index) => ({ index, embedding }))
      const encoded = readVectors(data, given.length, 'base64')
      const decoded = readVectors(
        encoded.map(({ fields }) => fields),
        given.length,
        'float',
      )
      expect(decoded.map(({ fields }) => toBits(fields['embedding']))).toEqual(given.map(toBits))
      expect(decoded.map(({ dimensions }) => dimensions)).toEqual(given.map(({ length }) => length))
    }),
  )
})
