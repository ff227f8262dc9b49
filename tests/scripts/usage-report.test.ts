import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { fileStore } from '../../shared/usage/store/file/file-store.ts'
import { toFinalFields, toOpenRow, type UsageRow } from '../../shared/usage/store/row.ts'
import { makeOpening } from '../support/make-opening.ts'

const run = promisify(execFile)
const dayMs = 86_400_000
let folder: string

const createRow = (id: string, fields: Partial<UsageRow>): UsageRow => {
  const opening = makeOpening({ requestId: id, model: '模型', stream: true })
  const usage = { prompt_tokens: 100, completion_tokens: 50, total_tokens: 150 }
  const closing = { outcome: 'complete', usage, estimated: false, latencyMs: 1, ttftMs: 1 } as const
  const now = Date.UTC(2026, 0, 1, 12)
  const final = toFinalFields(closing, { points: 2, costNanoYuan: 1_500_000 }, now)
  return { ...toOpenRow(opening, { now, maxMs: 1, written: true }), ...final, ...fields }
}

const usage = (...args: string[]) =>
  run(process.execPath, ['--import', 'tsx', 'scripts/usage/main.ts', ...args], {
    env: { PATH: process.env['PATH'], USAGE_STORE: 'file', USAGE_FILE: join(folder, 'usage.jsonl') },
  })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'report-'))
  const store = fileStore(join(folder, 'usage.jsonl'))
  await store.insert([createRow('1', { delivery: 'sent' })])
  await store.insert([createRow('2', { delivery: 'pending', estimated: true })])
  await store.insert([createRow('3', { delivery: 'dead', user_id: '<b>&"' })])
  await store.insert([createRow('4', { day: new Date(Date.UTC(2026, 0, 2) + dayMs).toISOString().slice(0, 10) })])
})

afterAll(() => rm(folder, { recursive: true }))

describe('npm run usage -- report', () => {
  test('prints a line for each group and one for all, and draws the same figures', async () => {
    const chart = join(folder, 'report.svg')
    const days = ['--from', '2026-01-01', '--to', '2026-01-31']
    const { stdout } = await usage('report', '--by', 'day,model,user', ...days, '--chart', chart)
    const lines = stdout.split('\n').map((line) => line.trim().split(/\s+/))
    const header =
      'day model user_id records estimated orphans undelivered dead prompt cached completion total points yuan'
    expect(lines[0]).toEqual(header.split(' '))
    expect(lines.slice(1, 5)).toEqual([
      '2026-01-01 模型 <b>&" 1 0 0 0 1 100 0 50 150 2 0.0015'.split(' '),
      '2026-01-01 模型 user-1 2 1 0 1 0 200 0 100 300 4 0.003'.split(' '),
      '2026-01-03 模型 user-1 1 0 0 0 0 100 0 50 150 2 0.0015'.split(' '),
      'all 4 1 0 1 1 400 0 200 600 8 0.006'.split(' '),
    ])
    const svg = await readFile(chart, 'utf8')
    expect(svg).toContain('2026-01-01 · 模型 · &lt;b&gt;&amp;&quot;')
    expect(svg).toContain('1 estimated, 1 undelivered')
    expect(svg.match(/ records/g)).toHaveLength(3)
  })

  test('counts all records in the last line and prints a note if there are more groups than it shows', async () => {
    const store = fileStore(join(folder, 'usage.jsonl'))
    const many = Array.from({ length: 1_001 }, (_, number) =>
      createRow(`many-${number}`, { user_id: `user ${number}` }),
    )
    await Promise.all(many.map((row) => store.insert([{ ...row, day: '2025-05-05' }])))
    const days = ['--from', '2025-05-05', '--to', '2025-05-05']
    const { stdout, stderr } = await usage('report', '--by', 'user', ...days, '--chart', join(folder, 'many.svg'))
    expect(stdout).toMatch(/^all +1001 /m)
    expect(stderr).toContain('Only the first 1000 groups')
  })

  test.each([
    [{ USAGE_STORE: 'none' }, /^There is no store to read\./],
    [
      { USAGE_STORE: 'flie' },
      /^USAGE_STORE must be one of collection, mysql, file, none\.\nThere is no store to read\./,
    ],
    [{ USAGE_STORE: 'mysql' }, /^USAGE_STORE=mysql needs a database\. .*\n$/],
    [
      { USAGE_STORE: 'mysql', MYSQL_DSN: 'mysql://u:pass-word@127.0.0.1:1/d' },
      /failed\. The database cannot be reached\./,
    ],
    [{ USAGE_STORE: 'file', USAGE_FILE: '.' }, /^The store of usage records failed\. .*EISDIR/],
  ])('prints in one line why %j cannot be read', async (environment, message) => {
    const reporting = run(process.execPath, ['--import', 'tsx', 'scripts/usage/main.ts', 'report'], {
      env: { PATH: process.env['PATH'], ...environment },
    })
    await expect(reporting).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(message) })
    await expect(reporting).rejects.toMatchObject({ stderr: expect.not.stringMatching(/\n {4}at |pass-word/) })
  })

  test('prints one line about a chart that cannot be written, below the table', async () => {
    const days = ['--from', '2026-01-01', '--to', '2026-01-31']
    await expect(usage('report', ...days, '--chart', join(folder, 'none/a.svg'))).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^all +4 /m),
      stderr: expect.stringMatching(/^The chart cannot be written \(.*ENOENT.*\)\. Name a file.*--chart\.\n$/),
    })
  })

  test.each([[[]], [['bill']], [['report', '--by', 'colour']], [['report', '--from', 'today']], [['report', '--all']]])(
    'prints its help for %j',
    async (args) => {
      await expect(usage(...args)).rejects.toMatchObject({
        code: 2,
        stderr: expect.stringContaining('--by day,model,user'),
      })
    },
  )
})

test('makes the records that were given up due again with npm run usage -- redrive', async () => {
  expect((await usage('redrive')).stdout).toContain('1 records are due again')
  expect(await fileStore(join(folder, 'usage.jsonl')).read('3')).toMatchObject({ delivery: 'pending', attempts: 0 })
  expect((await usage('redrive')).stdout).toContain('0 records are due again')
})
