import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, describe, expect, test } from '@jest/globals'
import { createWordSource } from '../../../shared/gateway/stores/word-source.ts'
import { checkWords } from '../../../shared/safety/words/check-words.ts'
import { json } from '../../../testing/stand-ins/provider.ts'
import { startGuarded } from '../../support/start-guarded.ts'

const folder = mkdtempSync(join(tmpdir(), 'words-'))
afterAll(() => rmSync(folder, { recursive: true }))

const writeList = (name: string, ...words: string[]): string => {
  const file = join(folder, name)
  writeFileSync(file, words.join('\n'))
  return file
}

const many = (last: string): string[] => [...Array.from({ length: 20_000 }, (_, index) => `word-${index}-`), last]

describe('a list of words in a file', () => {
  const openSource = (name: string) => {
    const problems: string[] = []
    const file = writeList(name, 'old')
    const source = createWordSource({
      ...{ text: undefined, file, stored: false, store: undefined, ttlMs: 0 },
      onProblem: (problem) => problems.push(problem),
    })
    const finds = async (text: string): Promise<boolean> => {
      const { value } = await source.current()
      return value !== undefined && checkWords(value, text) !== undefined
    }
    return { source, problems, finds }
  }

  test('answers while an edit of it is built, and the edit answers then (R121)', async () => {
    const { source, problems, finds } = openSource('edited.txt')
    expect(await finds('old')).toBe(true)
    writeList('edited.txt', ...many('newest'))
    expect([await finds('old'), await finds('newest')]).toEqual([true, false])
    expect(await source.findProblem()).toBeUndefined()
    expect([await finds('old'), await finds('newest')]).toEqual([false, true])
    expect(problems).toEqual([])
  })

  test('is built once for calls that come at the same time', async () => {
    const { source } = openSource('first.txt')
    const [one, ...others] = await Promise.all([source.current(), source.current(), source.current()])
    for (const other of others) expect(other.value).toBe(one.value)
  })

  test('lets other work go on while it is built', async () => {
    const { source, finds } = openSource('other.txt')
    await finds('old')
    writeList('other.txt', ...many('newest'))
    let turns = 0
    let isBuilt = false
    const turn = (): void => {
      turns += 1
      if (!isBuilt) setImmediate(turn)
    }
    setImmediate(turn)
    await source.findProblem()
    isBuilt = true
    expect(turns).toBeGreaterThan(2)
  })

  test('stays in use if an edit cannot be used, which is said once (R121)', async () => {
    const { source, problems, finds } = openSource('wrong.txt')
    expect(await finds('old')).toBe(true)
    writeList('wrong.txt', 'x'.repeat(65))
    for (const _ of [1, 2]) {
      expect(await source.findProblem()).toContain('line 1: a word has at most 64 characters.')
      expect(await finds('old')).toBe(true)
    }
    expect(problems).toHaveLength(1)
    rmSync(join(folder, 'wrong.txt'))
    expect(await source.findProblem()).toContain('cannot be read')
    expect(await finds('old')).toBe(true)
    writeList('wrong.txt', 'better')
    expect(await source.findProblem()).toBeUndefined()
    expect(await finds('better')).toBe(true)
  })

  test('is used by calls within CONFIG_TTL after an edit (R121)', async () => {
    const file = writeList('live.txt', 'old')
    const environment = { MODERATION: 'words', MODERATION_WORDS_FILE: file, CONFIG_TTL: '1' }
    const answer = () => json({ choices: [{ index: 0, message: { content: 'hi' }, finish_reason: 'stop' }] })
    const { client } = await startGuarded('chat/completions', answer, { environment })
    const ask = (content: string): Promise<string> =>
      client.chat.completions.create({ model: 'm', messages: [{ role: 'user', content }] }).then(
        () => 'served',
        ({ code }: { code: string }) => code,
      )
    expect([await ask('old'), await ask('new word')]).toEqual(['content_policy_violation', 'served'])
    writeList('live.txt', 'new word')
    while ((await ask('new word')) === 'served') await wait(50)
    expect(await ask('old')).toBe('served')
  })
})
