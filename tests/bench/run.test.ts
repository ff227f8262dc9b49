import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Sample } from '../../testing/stats/samples.ts'

const folder = mkdtempSync(join(tmpdir(), 'bench-'))
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')

/** Runs the benchmark on the command line and returns its output, even if it misses its goals. */
const bench = (...argv: string[]): Promise<string> =>
  new Promise((resolve) => {
    const command = ['node_modules/tsx/dist/cli.mjs', 'bench/main.ts', '--out', folder, ...argv]
    execFile(process.execPath, command, (_, stdout, stderr) => resolve(stdout + stderr))
  })

describe('npm run bench', () => {
  test('prints its help for --help and measures nothing', async () => {
    expect(await bench('--help')).toMatch(/^npm run bench -- \[options\]\n[\s\S]*--only NAMES/)
  })

  test.each([
    [['--loud'], 'There is no option --loud.'],
    [['cold'], "'cold' is an argument too many."],
    [['--only', 'warm'], "There is no scenario 'warm'"],
  ])('explains an error in one line, above the usage: %j', async (argv, message) => {
    const [problem, , usage] = (await bench(...argv)).split('\n')
    expect(problem).toContain(message)
    expect(usage).toBe('npm run bench -- [options]')
  })
})

describe('a short run of the benchmark', () => {
  let output = ''

  beforeAll(async () => {
    output = await bench('--quick', '--only', 'streams', '--rounds', '1', '--without', 'auth')
  }, 120_000)

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('measures each target once per round', () => {
    const samples = JSON.parse(read('samples.json')) as Sample[]
    const costs = samples.filter(({ measure }) => measure === 'event_cpu_us')
    expect(costs.map(({ target }) => target)).toEqual(['bare', 'sdk', 'ours'])
    for (const { value } of costs) expect(value).toBeGreaterThan(0)
  })

  test('prints and writes a report with conditions, goals and tables', () => {
    const report = read('report.md')
    expect(output).toContain(report.trim())
    expect(report).toContain('authentication OFF')
    expect(report).toContain('| CPU per streamed event |')
    expect(report).toContain('### 100 streams at once')
  })

  test('omits goals measured by the clock from a quick run', () => {
    expect(read('report.md')).not.toContain('| relay latency p99 per event |')
  })

  test('draws the same ratios as a chart', () => {
    expect(read('chart.svg')).toMatch(/^<svg [\s\S]*CPU per streamed event[\s\S]*<\/svg>\n$/)
  })
})
