import { describe, expect, test } from '@jest/globals'
import { parseOptions } from '../../bench/options.ts'
import { findScenarios, scenarios } from '../../bench/scenarios/all.ts'

describe('the options of the benchmark', () => {
  test('measure everything with all parts on by default', () => {
    expect(parseOptions([])).toMatchObject({
      only: [],
      peers: true,
      clock: true,
      soakRequests: 100_000,
      parts: { auth: true, usage: 'file', map: 'file', models: 10 },
    })
  })

  test('judge only processor time, without other programs, for --quick', () => {
    const { only, peers, clock } = parseOptions(['--quick'])
    expect(only.length).toBeGreaterThan(0)
    expect({ peers, clock }).toEqual({ peers: false, clock: false })
  })

  test('turn off parts for --without', () => {
    expect(parseOptions(['--without', 'auth,usage']).parts).toMatchObject({ auth: false, usage: 'none' })
  })

  test.each([
    [['--without', 'tls'], "'tls'"],
    [['--usage', 'paper'], "'paper'"],
    [['--map', 'paper'], "'paper'"],
    [['--rounds', '0'], "'0'"],
    [['--rounds', 'many'], "'many'"],
    [['--loud'], 'loud'],
  ])('reject and name %j', (argv, named) => {
    expect(() => parseOptions(argv)).toThrow(named)
  })
})

describe('the scenarios', () => {
  test('are all scenarios by default, or the named ones', () => {
    expect(findScenarios([])).toEqual(scenarios)
    expect(findScenarios(['soak', 'cold']).map(({ name }) => name)).toEqual(['cold', 'soak'])
  })

  test('exist for --quick', () => {
    const { only } = parseOptions(['--quick'])
    expect(findScenarios(only)).toHaveLength(only.length)
  })

  test('throw for an unknown name and list the known ones', () => {
    expect(() => findScenarios(['warm'])).toThrow(/'warm'.*cold, first-requests/)
  })
})
