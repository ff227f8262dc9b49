import fs from 'node:fs'
import promises, { appendFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { createUsageLedger } from '../../../shared/usage/ledger/ledger.ts'
import { fileStore } from '../../../shared/usage/store/file/file-store.ts'
import { FileReplay } from '../../../shared/usage/store/file/replay.ts'
import { toOpenRow, type UsageRow } from '../../../shared/usage/store/row.ts'
import { captureLog } from '../../support/capture-log.ts'
import { makeOpening } from '../../support/make-opening.ts'

const row = (id: string, fields: Partial<UsageRow> = {}): UsageRow => ({
  ...toOpenRow(makeOpening({ requestId: id, promptTokens: () => 1 }), { now: 1_000, maxMs: 1, written: true }),
  ...fields,
})
const openRows = {
  equal: { state: 'open' },
  atMost: { field: 'deadline_at', value: Number.MAX_SAFE_INTEGER },
  order: 'ascending',
  limit: 9,
} as const

const delivered = { state: 'final', delivery: 'sent', usage: '{}' } as const

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'usage-'))
  path = join(folder, 'usage.jsonl')
})

afterEach(() => rm(folder, { recursive: true }))

test('writes a row without reading the file', async () => {
  const opened = jest.spyOn(promises, 'open')
  try {
    const store = fileStore(path)
    await store.insert([row('r')])
    expect(opened).not.toHaveBeenCalled()
    expect(await store.read('r')).toMatchObject({ state: 'open' })
    expect(opened).toHaveBeenCalledTimes(1)
  } finally {
    opened.mockRestore()
  }
})

test('holds the unfinished rows only, after any number of finished ones', () => {
  const replay = new FileReplay()
  const line = (id: string, set: UsageRow): string => JSON.stringify({ request_id: id, event: { by: id, set } })
  for (let number = 0; number < 20_000; number++) replay.apply(line(`${number}`, row(`${number}`, delivered)))
  replay.apply(line('open', row('open')))
  expect([...replay.rows.keys()]).toEqual(['open'])
  expect(replay.apply(line('19999', row('19999')))).toBeUndefined()
})

test('reads, finds and adds up finished rows from the file, each once', async () => {
  const store = fileStore(path)
  const lines = Array.from({ length: 300 }, (_, number) => row(`${number}`, { ...delivered, closed_at: number }))
  for (const each of lines) await store.insert([each])
  await store.insert([row('299', { ...delivered, closed_at: 5_000 })])
  expect(await store.read('7')).toEqual(lines[7])
  const query = { equal: { state: 'final' }, atMost: { field: 'closed_at', value: 1_000 } } as const
  const found = await store.find({ ...query, order: 'descending', limit: 3, skip: 2 })
  expect(found.map(({ closed_at: closed }) => closed)).toEqual([297, 296, 295])
  const [totals] = await store.totals({ by: [], from: '1970-01-01', to: '1970-01-01' })
  expect(totals?.records).toBe(300)
})

test('changes a row of an earlier process after beginning at a row of its own', async () => {
  await fileStore(path).insert([row('old')])
  const store = fileStore(path)
  await store.insert([row('own')])
  expect(await store.change(['own'], { state: 'open' }, { ...delivered, mark: 'a' })).toBe(1)
  expect(await store.change(['old'], { state: 'open' }, { ...delivered, mark: 'b' })).toBe(1)
  expect(await store.change(['old'], { state: 'open' }, { ...delivered, mark: 'c' })).toBe(0)
  expect(await store.read('old')).toMatchObject({ mark: 'b' })
})

test('finds all older rows while the file is being read', async () => {
  const before = fileStore(path)
  await Promise.all(Array.from({ length: 200 }, (_, number) => before.insert([row(`old-${number}`)])))
  for (const turns of [0, 1, 2, 3, 4, 5]) {
    const store = fileStore(path)
    await store.insert([row(`own-${turns}`)])
    const own = store.change([`own-${turns}`], { state: 'open' }, { mark: 'a' })
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
    const [found] = await Promise.all([store.find({ ...openRows, limit: 500 }), own])
    expect(found).toHaveLength(201 + turns)
  }
})

test('ignores a line that is still being written', async () => {
  const store = fileStore(path)
  await store.insert([row('r')])
  const change = JSON.stringify({ request_id: 'r', event: { by: 'x', when: { state: 'open' }, set: delivered } })
  await appendFile(path, change.slice(0, 20))
  expect(await store.read('r')).toMatchObject({ state: 'open' })
  await appendFile(path, `${change.slice(20)}\n`)
  expect(await store.read('r')).toMatchObject({ state: 'final' })
})

test('begins a new file a second after the old one was moved', async () => {
  const store = fileStore(path)
  await store.insert([row('one')])
  await store.insert([row('one more')])
  expect(await store.find(openRows)).toHaveLength(2)
  await rename(path, `${path}.1`)
  await new Promise((resolve) => setTimeout(resolve, 1_100))
  await store.insert([row('two')])
  expect((await readFile(`${path}.1`, 'utf8')).match(/\n/g)).toHaveLength(2)
  expect(await readFile(path, 'utf8')).toContain('"request_id":"two"')
  expect((await store.find(openRows)).map(({ id }) => id)).toEqual(['two'])
})

test('rejects a row that cannot be written, and tries the next one again', async () => {
  await writeFile(join(folder, 'blocked'), '')
  const store = fileStore(join(folder, 'blocked', 'usage.jsonl'))
  await expect(store.insert([row('one')])).rejects.toThrow()
  await rm(join(folder, 'blocked'))
  await expect(store.insert([row('two')])).resolves.toBeUndefined()
  await store.end()
})

const halfLine = '{"request_id":"dead","event":{"by":"x","set":{"id":"de'

test('loses no row to half a line of a killed process', async () => {
  await writeFile(path, halfLine)
  const store = fileStore(path)
  await store.insert([row('own')])
  await store.insert([row('next')])
  expect(await store.change(['own'], { state: 'open' }, delivered)).toBe(1)
  expect(await fileStore(path).read('own')).toMatchObject({ state: 'final' })
  expect(await readFile(path, 'utf8')).toMatch(/^.*"de\n(\{.*\}\n){3}$/)
})

test('loses no row to half a line while two processes append, and stores each row once', async () => {
  await writeFile(path, halfLine)
  const stores = [fileStore(path), fileStore(path)] as const
  const ids = Array.from({ length: 50 }, (_, number) => `${number}`)
  await Promise.all(stores.flatMap((store, index) => ids.map((id) => store.insert([row(`${index}-${id}`)]))))
  expect(await fileStore(path).find({ ...openRows, limit: 500 })).toHaveLength(100)
  expect(await stores[0].find({ ...openRows, limit: 500 })).toHaveLength(100)
})

test('rejects a row that a full disk cut off, and loses none of the next ones', async () => {
  const store = fileStore(path)
  await store.insert([row('whole')])
  const writing = jest.spyOn(fs, 'write').mockImplementationOnce(writeHalf as typeof fs.write)
  try {
    await expect(store.insert([row('cut off')])).rejects.toThrow('ENOSPC')
  } finally {
    writing.mockRestore()
  }
  await store.insert([row('after')])
  expect((await store.find(openRows)).map(({ id }) => id).sort()).toEqual(['after', 'whole'])
})

/** Writes half of the bytes, then fails, as on a full disk. */
const writeHalf = (...[file, bytes, offset, length, , done]: WriteArguments): void => {
  fs.writeSync(file, bytes, offset, Math.floor(length / 2))
  done(new Error('ENOSPC: no space left on device, write'))
}

type WriteArguments = [
  file: number,
  bytes: Buffer,
  offset: number,
  length: number,
  position: number | undefined,
  done: (error: Error) => void,
]

test('leaves one line for each end of a reply, though the process stands still while it is written', async () => {
  const ledger = createUsageLedger({
    ...{ store: fileStore(path), durability: 'final', failOpen: false, deliver: undefined, maxResponseMs: 60_000 },
    ...{ tariff: { pointsPer1kTokens: '1.0', pointsPerYuan: '500' }, progressEveryMs: 5_000, log: captureLog().log },
  })
  const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }
  for (const turns of [0, 1, 2, 3]) {
    const entry = ledger.open(makeOpening({ requestId: `r-${turns}` }))
    await entry.opened
    const closing = { outcome: 'complete', usage, estimated: false, latencyMs: 1, ttftMs: 1 } as const
    const closed = entry.close(closing, entry.getCharge(closing))
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 750)
    await closed
  }
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect((await readFile(path, 'utf8')).match(/"state":"final"/g)).toHaveLength(4)
})

test('appends a change or a row once if it is tried again', async () => {
  const store = fileStore(path)
  const countLines = async () => (await readFile(path, 'utf8')).match(/\n/g)?.length
  await Promise.all([store.insert([row('r')]), store.insert([row('r')])])
  await store.insert([row('r')])
  expect(await countLines()).toBe(1)
  const change = () => store.change(['r'], { state: 'open' }, { ...delivered, mark: 'a' })
  expect(await Promise.all([change(), change()])).toEqual([1, 1])
  expect(await change()).toBe(1)
  expect(await countLines()).toBe(2)
})
