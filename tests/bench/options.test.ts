import { describe, expect, test } from '@jest/globals'
import { parseOptions } from '../../bench/options.ts'
import { findScenarios, scenarios } from '../../bench/scenarios/all.ts'

describe('the options of the benchmark', () => {
  test('measure everything with everything switched on', () => {
    expect(parseOptions([])).toMatchObject({
      only: [],
      peers: true,
      clock: true,
      soakRequests: 100_000,
      parts: { auth: true, usage: 'file', map: 'file', models: 10 },
    })
  })

  test('--quick judges processor time alone, without the programs of others', () => {
    const { only, peers, clock } = parseOptions(['--quick'])
    expect(only.length).toBeGreaterThan(0)
    expect({ peers, clock }).toEqual({ peers: false, clock: false })
  })

  test('--without switches parts off', () => {
    expect(parseOptions(['--without', 'auth,usage']).parts).toMatchObject({ auth: false, usage: 'none' })
  })

  test.each([
    [['--without', 'tls'], "'tls'"],
    [['--usage', 'paper'], "'paper'"],
    [['--map', 'paper'], "'paper'"],
    [['--rounds', '0'], "'0'"],
    [['--rounds', 'many'], "'many'"],
    [['--loud'], 'loud'],
  ])('%j is refused, and named', (argv, named) => {
    expect(() => parseOptions(argv)).toThrow(named)
  })
})

describe('the scenarios', () => {
  test('run all where none is named, and else those that are', () => {
    expect(findScenarios([])).toEqual(scenarios)
    expect(findScenarios(['soak', 'cold']).map(({ name }) => name)).toEqual(['cold', 'soak'])
  })

  test('of --quick exist', () => {
    const { only } = parseOptions(['--quick'])
    expect(findScenarios(only)).toHaveLength(only.length)
  })

  test('refuse a name that there is not, and say which there are', () => {
    expect(() => findScenarios(['warm'])).toThrow(/'warm'.*cold, first-requests/)
  })
})
