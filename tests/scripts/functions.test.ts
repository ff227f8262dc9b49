import { describe, expect, test } from '@jest/globals'
import { Cron } from 'croner'
import { functions } from '../../scripts/functions.ts'

const http = functions.filter((row) => row.kind === 'HTTP')
const events = functions.filter((row) => row.kind === 'Event')

describe('the table of functions', () => {
  test('gives every function its folder behind the prefix that keeps it apart from the app', () => {
    expect(functions.map(({ name }) => name)).toEqual(functions.map(({ folder }) => `llm-${folder}`))
    expect(new Set(functions.map(({ name }) => name)).size).toBe(functions.length)
  })

  test('names every path of the gateway once', () => {
    expect(http.flatMap(({ routes }) => routes).sort()).toEqual([
      '/admin/reload',
      '/admin/wallet',
      '/ai',
      '/health',
      '/v1/chat/completions',
      '/v1/completions',
      '/v1/embeddings',
      '/v1/keys',
      '/v1/messages',
      '/v1/models',
      '/v1/moderations',
      '/v1/rerank',
      '/v1/responses',
      '/v1/usage',
      '/v1/wallet',
    ])
  })

  test.each([
    ['config-reload', ['2030-01-01T00:05:00Z', '2030-01-01T00:10:00Z']],
    ['usage-flush', ['2030-01-01T00:01:00Z', '2030-01-01T00:02:00Z']],
  ])('runs %s by the clock', (folder, times) => {
    const cron = events.find((row) => row.folder === folder)?.timer?.cron ?? ''
    const runs = new Cron(cron, { mode: '7-part', paused: true, timezone: 'UTC' }).nextRuns(2, '2030-01-01T00:00:30Z')
    expect(runs).toEqual(times.map((time) => new Date(time)))
  })
})
