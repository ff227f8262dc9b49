import promises, { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, jest, test } from '@jest/globals'
import { fileStore } from '../../shared/usage/file-store.ts'
import { openRow } from '../../shared/usage/usage-row.ts'

const opening = {
  ...{ requestId: 'r', userId: 'user-1', model: 'm', upstreamModel: 'm', provider: 'openai', stream: false },
  ...{ endpoint: 'chat/completions', clientRequestId: undefined, prices: undefined, promptTokens: () => 1 },
}

test('writing a row to a file does not read the file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'usage-'))
  const opened = jest.spyOn(promises, 'open')
  try {
    const store = fileStore(join(folder, 'usage.jsonl'))
    await store.insert(openRow(opening, { now: 1_000, longestMs: 1, written: true }))
    expect(opened).not.toHaveBeenCalled()
    expect(await store.read('r')).toMatchObject({ state: 'open' })
    expect(opened).toHaveBeenCalledTimes(1)
  } finally {
    opened.mockRestore()
    await rm(folder, { recursive: true })
  }
})
