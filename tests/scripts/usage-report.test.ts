import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { fileStore } from '../../shared/usage/store/file/file-store.ts'
import { toFinalFields, toOpenRow, type UsageRow } from '../../shared/usage/store/row.ts'
import { getScriptArguments } from '../../testing/servers/script-arguments.ts'
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
  run(process.execPath, [...getScriptArguments('scripts/usage/main.ts'), ...args], {
    env: { PATH: process.env['PATH'], LC_ALL: 'C', USAGE_STORE: 'file', USAGE_FILE: join(folder, 'usage.jsonl') },
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

  test('prints the days, the models and the users with the most points without --by', async () => {
    const path = join(folder, 'sections.jsonl')
    const users = Object.entries({ a: 5, b: 9, c: 7 }).map(([user_id, points]) =>
      createRow(user_id, { user_id, points }),
    )
    const other = createRow('d', { user_id: 'a', points: 1, model: 'other', day: '2026-01-02' })
    await fileStore(path).insert([...users, other])
    const args = ['--file', path, '--from', '2026-01-01', '--to', '2026-01-31', '--chart', join(folder, 'sections.svg')]
    const { stdout, stderr } = await usage('report', ...args, '--top', '2')
    const column = stdout.split('\n').map((line) => line.split(/ {2}/)[0])
    const days = ['By day', 'day', '2026-01-01', '2026-01-02', 'all', '']
    const models = ['By model', 'model', 'other', '模型', 'all', '']
    const top = ['Users with the most points', 'user_id', 'b', 'c', 'all', '']
    expect(column.slice(0, -2)).toEqual([...days, ...models, ...top])
    expect(stdout).toMatch(/^all .* 22 +0\.006$/m)
    expect(stderr).toBe('')
  })

  test('counts the lines of a file that hold no record, and says why', async () => {
    const path = join(folder, 'broken.jsonl')
    await fileStore(path).insert([createRow('1', {})])
    const good = await readFile(path, 'utf8')
    await writeFile(path, `\n${good}{"request_id": "cut\n{"a": 1}\n[]\n{"request_id": "half`)
    const args = ['--file', path, '--from', '2026-01-01', '--to', '2026-01-01', '--chart', join(folder, 'broken.svg')]
    const { stdout, stderr } = await usage('report', ...args)
    expect(stdout).toMatch(/^all +1 /m)
    expect(stderr.split('\n')).toEqual([
      `Skipped 4 lines of ${path}:`,
      expect.stringMatching(/^ {2}1: no JSON.*line 3\)$/),
      '  2: no record of the gateway (first: line 4)',
      expect.stringMatching(/^ {2}1: not finished yet.*line 6\)$/),
      '',
    ])
  })

  test('writes the groups as CSV that a spreadsheet reads and does not run', async () => {
    const path = join(folder, 'csv.jsonl')
    const formula = createRow('1', { user_id: '=1+1', model: 'a,"b"' })
    await fileStore(path).insert([formula, createRow('2', { user_id: null })])
    const days = ['--from', '2026-01-01', '--to', '2026-01-01']
    const csv = join(folder, 'usage.csv')
    await usage('report', '--file', path, ...days, '--chart', join(folder, 'csv.svg'), '--csv', csv)
    const [header, ...lines] = (await readFile(csv, 'utf8')).split('\r\n')
    const counts = 'records,estimated,orphans,undelivered,dead'
    const sums = 'prompt_tokens,cached_tokens,completion_tokens,total_tokens,points,cost_cny'
    expect(header).toBe(`\ufeffday,model,user_id,${counts},${sums}`)
    expect(lines).toEqual([
      `2026-01-01,"a,""b""",'=1+1,1,0,0,0,0,100,0,50,150,2,0.0015`,
      '2026-01-01,模型,,1,0,0,0,0,100,0,50,150,2,0.0015',
      '',
    ])
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
      /^USAGE_STORE must be one of collection, mysql, rdb, file, none\.\nThere is no store to read\./,
    ],
    [{ USAGE_STORE: 'mysql' }, /^USAGE_STORE=mysql needs a database\. .*\n$/],
    [
      { USAGE_STORE: 'mysql', MYSQL_DSN: 'mysql://u:pass-word@127.0.0.1:1/d' },
      /failed\. The database cannot be reached\./,
    ],
    [{ USAGE_STORE: 'file', USAGE_FILE: 'none/usage.jsonl' }, /^There is no file none\/usage\.jsonl\. .*--file.*\n$/],
    [{ USAGE_STOR: 'file' }, /^USAGE_STOR is not read\. Did you mean USAGE_STORE\?\nThere is no store to read\./],
    [{ USAGE_STORE: 'file', USAGE_FILE: '.' }, /^The store of usage records failed\. .*EISDIR/],
  ])('prints in one line why %j cannot be read', async (environment, message) => {
    // In a folder of its own: the records of `npm run dev` would be read.
    const reporting = run(process.execPath, [...getScriptArguments('scripts/usage/main.ts'), 'report'], {
      cwd: folder,
      env: { PATH: process.env['PATH'], LC_ALL: 'C', ...environment },
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
