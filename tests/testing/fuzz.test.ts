import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Lab, startLab } from '../../testing/fuzz/lab.ts'
import { fuzzProperties } from '../../testing/fuzz/properties/all.ts'
import { runFuzz } from '../../testing/fuzz/run-fuzz.ts'

const options = { seed: 20_260, cases: 4_000 }

/** The short form of `npm run fuzz`. */
describe('runFuzz', () => {
  let lab: Lab

  beforeAll(async () => {
    lab = await startLab()
  })

  afterAll(() => lab.close())

  const areas = [...new Set(fuzzProperties.map(({ area }) => area))]

  test.each(areas)(
    'keeps all properties of %s for random inputs (R1, R2, R12, R18, R36, R38, R46, R48)',
    async (area) => {
      const results = await runFuzz(fuzzProperties, lab, { ...options, only: [area] })
      expect(results.filter(({ failure }) => failure)).toEqual([])
      expect(results.every(({ cases }) => cases > 0)).toBe(true)
    },
    60_000,
  )
})
