import { describe, expect, test } from '@jest/globals'
import { keepWanted, selectFunctions } from '../../scripts/cloud/settings/select-functions.ts'
import { type CloudFunction, functions } from '../../scripts/functions.ts'

const timer = { name: 'every-minute', cron: '0 * * * * * *' }

const table: readonly CloudFunction[] = [
  { folder: 'always', name: 'llm-always', kind: 'HTTP', routes: ['/always'] },
  { folder: 'one', name: 'llm-one', kind: 'HTTP', routes: ['/one'], need: { variable: 'EXTRA', value: 'one' } },
  { folder: 'two', name: 'llm-two', kind: 'Event', timer, need: { variable: 'EXTRA', value: 'two' } },
]

const select = (EXTRA?: string) => {
  const { wanted, leftOut } = selectFunctions(table, EXTRA === undefined ? {} : { EXTRA })
  return { wanted: wanted.map(({ name }) => name), leftOut: leftOut.map(({ name }) => name) }
}

describe('the functions of a deployment', () => {
  test.each([undefined, '', 'three', 'ONE', 'one two'])('are those without a need for %j', (extra) => {
    expect(select(extra)).toEqual({ wanted: ['llm-always'], leftOut: ['llm-one', 'llm-two'] })
  })

  test.each(['one,two', ' two , one,', 'one，two，three'])('are those that a list names, too: %j', (extra) => {
    expect(select(extra)).toEqual({ wanted: ['llm-always', 'llm-one', 'llm-two'], leftOut: [] })
  })

  test('are those of a feature only if it is on', () => {
    expect(selectFunctions(functions, { WALLET: 'on' }).leftOut.map(({ name }) => name)).not.toContain('llm-wallet')
    expect(selectFunctions(functions, { WALLET: 'off' }).leftOut.map(({ name }) => name)).toContain('llm-wallet')
  })

  test('are that of keys only if users have keys', () => {
    const list = (KEYS: string) => selectFunctions(functions, { KEYS }).wanted.map(({ name }) => name)
    expect(list('on')).toContain('llm-keys')
    expect(list('off')).not.toContain('llm-keys')
  })

  test('are left out with a setting that adds them and keeps the others', () => {
    const settings = (EXTRA: string) => selectFunctions(table, { EXTRA }).leftOut.map(({ setting }) => setting)
    expect(settings('')).toEqual(['EXTRA=one', 'EXTRA=two'])
    expect(settings('off')).toEqual(['EXTRA=one', 'EXTRA=two'])
    expect(settings('one')).toEqual(['EXTRA=one,two'])
  })

  test('are those whose secret is set, and no setting shows a secret', () => {
    const secret = 'x'.repeat(32)
    expect(selectFunctions(functions, { TICKET_SECRET: secret }).wanted.map(({ name }) => name)).toContain('llm-ticket')
    for (const TICKET_SECRET of ['', ' , ']) {
      const { leftOut } = selectFunctions(functions, { TICKET_SECRET })
      expect(leftOut.find(({ name }) => name === 'llm-ticket')?.setting).toBe('TICKET_SECRET=…')
    }
  })

  test('are those that GATEWAY_FUNCTIONS names', () => {
    const list = (GATEWAY_FUNCTIONS: string) =>
      selectFunctions(functions, { GATEWAY_FUNCTIONS }).wanted.map(({ name }) => name)
    expect(list('')).not.toContain('llm-embeddings')
    expect(list('embeddings')).toContain('llm-embeddings')
    expect(list('embeddings')).not.toContain('llm-rerank')
    expect(list('embeddings,rerank')).toEqual(expect.arrayContaining(['llm-embeddings', 'llm-rerank']))
  })

  test('keep their settings, and the others lose theirs', () => {
    const rows = [{ name: 'llm-two' }, { name: 'llm-always' }, { name: 'llm-of-the-app' }]
    expect(keepWanted(rows, selectFunctions(table, {}))).toEqual([{ name: 'llm-always' }])
  })
})
