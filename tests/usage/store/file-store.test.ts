import fs from 'node:fs'
import promises, { appendFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { fileStore } from '../../../shared/usage/store/file/file-store.ts'
import { FileReplay } from '../../../shared/usage/store/file/replay.ts'
import { toOpenRow, type UsageRow } from '../../../shared/usage/store/row.ts'
import { openingOf } from '../../support/make-opening.ts'

const row = (id: string, fields: Partial<UsageRow> = {}): UsageRow => ({
  ...toOpenRow(openingOf({ requestId: id, promptTokens: () => 1 }), { now: 1_000, maxMs: 1, written: true }),
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

test('writing a row to a file does not read the file', async () => {
  const opened = jest.spyOn(promises, 'open')
  try {
    const store = fileStore(path)
    await store.insert(row('r'))
    expect(opened).not.toHaveBeenCalled()
    expect(await store.read('r')).toMatchObject({ state: 'open' })
    expect(opened).toHaveBeenCalledTimes(1)
  } finally {
    opened.mockRestore()
  }
})

test('a replay holds the rows that are not over, however many are', () => {
  const replay = new FileReplay()
  const line = (id: string, set: UsageRow): string => JSON.stringify({ request_id: id, event: { by: id, set } })
  for (let number = 0; number < 20_000; number++) replay.apply(line(`${number}`, row(`${number}`, delivered)))
  replay.apply(line('open', row('open')))
  expect([...replay.rows.keys()]).toEqual(['open'])
  expect(replay.apply(line('19999', row('19999')))).toBeUndefined()
})

test('rows that are over are read, found and added up from the file all the same, each once', async () => {
  const store = fileStore(path)
  const lines = Array.from({ length: 300 }, (_, number) => row(`${number}`, { ...delivered, closed_at: number }))
  for (const each of lines) await store.insert(each)
  await store.insert(row('299', { ...delivered, closed_at: 5_000 }))
  expect(await store.read('7')).toEqual(lines[7])
  const query = { equal: { state: 'final' }, atMost: { field: 'closed_at', value: 1_000 } } as const
  const found = await store.find({ ...query, order: 'descending', limit: 3, skip: 2 })
  expect(found.map(({ closed_at: closed }) => closed)).toEqual([297, 296, 295])
  const [totals] = await store.totals({ by: [], from: '1970-01-01', to: '1970-01-01' })
  expect(totals?.records).toBe(300)
})

test('a row that was there before this process is changed too, though it began at a row of its own', async () => {
  await fileStore(path).insert(row('old'))
  const store = fileStore(path)
  await store.insert(row('own'))
  expect(await store.change('own', { state: 'open' }, { ...delivered, mark: 'a' })).toBe(true)
  expect(await store.change('old', { state: 'open' }, { ...delivered, mark: 'b' })).toBe(true)
  expect(await store.change('old', { state: 'open' }, { ...delivered, mark: 'c' })).toBe(false)
  expect(await store.read('old')).toMatchObject({ mark: 'b' })
})

test('older rows that are asked for while the file is being read are all found', async () => {
  const before = fileStore(path)
  await Promise.all(Array.from({ length: 200 }, (_, number) => before.insert(row(`old-${number}`))))
  for (const turns of [0, 1, 2, 3, 4, 5]) {
    const store = fileStore(path)
    await store.insert(row(`own-${turns}`))
    const own = store.change(`own-${turns}`, { state: 'open' }, { mark: 'a' })
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
    const [found] = await Promise.all([store.find({ ...openRows, limit: 500 }), own])
    expect(found).toHaveLength(201 + turns)
  }
})

test('a line that is still being written does not count yet', async () => {
  const store = fileStore(path)
  await store.insert(row('r'))
  const change = JSON.stringify({ request_id: 'r', event: { by: 'x', when: { state: 'open' }, set: delivered } })
  await appendFile(path, change.slice(0, 20))
  expect(await store.read('r')).toMatchObject({ state: 'open' })
  await appendFile(path, `${change.slice(20)}\n`)
  expect(await store.read('r')).toMatchObject({ state: 'final' })
})

test('a file that is moved away gets no more lines after a second, and a new one begins', async () => {
  const store = fileStore(path)
  await store.insert(row('one'))
  await store.insert(row('one more'))
  expect(await store.find(openRows)).toHaveLength(2)
  await rename(path, `${path}.1`)
  await new Promise((resolve) => setTimeout(resolve, 1_100))
  await store.insert(row('two'))
  expect((await readFile(`${path}.1`, 'utf8')).match(/\n/g)).toHaveLength(2)
  expect(await readFile(path, 'utf8')).toContain('"request_id":"two"')
  expect((await store.find(openRows)).map(({ id }) => id)).toEqual(['two'])
})

test('a row that cannot be written is refused, and the next one is tried anew', async () => {
  await writeFile(join(folder, 'blocked'), '')
  const store = fileStore(join(folder, 'blocked', 'usage.jsonl'))
  await expect(store.insert(row('one'))).rejects.toThrow()
  await rm(join(folder, 'blocked'))
  await expect(store.insert(row('two'))).resolves.toBeUndefined()
  await store.end()
})

const halfLine = '{"request_id":"dead","event":{"by":"x","set":{"id":"de'

test('half a line that a killed process left takes no row with it', async () => {
  await writeFile(path, halfLine)
  const store = fileStore(path)
  await store.insert(row('own'))
  await store.insert(row('next'))
  expect(await store.change('own', { state: 'open' }, delivered)).toBe(true)
  expect(await fileStore(path).read('own')).toMatchObject({ state: 'final' })
  expect(await readFile(path, 'utf8')).toMatch(/^.*"de\n(\{.*\}\n){3}$/)
})

test('half a line that is left while two processes append takes no row of either with it, and each row is there once', async () => {
  await writeFile(path, halfLine)
  const stores = [fileStore(path), fileStore(path)] as const
  const ids = Array.from({ length: 50 }, (_, number) => `${number}`)
  await Promise.all(stores.flatMap((store, index) => ids.map((id) => store.insert(row(`${index}-${id}`)))))
  expect(await fileStore(path).find({ ...openRows, limit: 500 })).toHaveLength(100)
  expect(await stores[0].find({ ...openRows, limit: 500 })).toHaveLength(100)
})

test('a line that a full disk cut off is refused, and takes none of the next with it', async () => {
  const store = fileStore(path)
  await store.insert(row('whole'))
  const writing = jest.spyOn(fs, 'write').mockImplementationOnce(halfWritten as typeof fs.write)
  try {
    await expect(store.insert(row('cut off'))).rejects.toThrow('ENOSPC')
  } finally {
    writing.mockRestore()
  }
  await store.insert(row('after'))
  expect((await store.find(openRows)).map(({ id }) => id).sort()).toEqual(['after', 'whole'])
})

/** Writes half of what it is given, then fails, as where the disk becomes full. */
const halfWritten = (...[file, bytes, offset, length, , done]: WriteArguments): void => {
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
