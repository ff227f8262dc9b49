import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createConsoleLog } from '../../shared/runtime/console-log.ts'
import type { LogFields, LogLevel } from '../../shared/runtime/log.ts'
import { createRedactor } from '../../shared/runtime/redactor.ts'

const { log: original } = console
let lines: string[] = []

beforeEach(() => {
  lines = []
  console.log = (line: string) => lines.push(line)
})

afterEach(() => {
  console.log = original
})

const write = (fields: LogFields, threshold: LogLevel = 'info', secrets: string[] = []): Record<string, unknown> => {
  createConsoleLog(threshold, createRedactor(secrets))('warn', 'no_models', fields)
  expect(lines).toHaveLength(1)
  return JSON.parse(lines[0] ?? '') as Record<string, unknown>
}

describe('a log line', () => {
  test('writes one flat JSON object with level, event and time first (R69)', () => {
    const line = write({ help: 'x', models: 0, stream: true, user_id: null, absent: undefined })
    expect(Object.keys(line)).toEqual(['level', 'event', 'time', 'help', 'models', 'stream', 'user_id'])
    expect(line).toMatchObject({ level: 'warn', event: 'no_models', models: 0, stream: true, user_id: null })
    expect(new Date(String(line['time'])).getTime()).toBeGreaterThan(Date.now() - 10_000)
  })

  test.each<LogFields>([{}, { absent: undefined }])('is an object without any field to add: %j', (fields) => {
    expect(Object.keys(write(fields))).toEqual(['level', 'event', 'time'])
  })

  test.each([
    ['line breaks', 'a\nb\r\nc\u2028d'],
    ['lone surrogates', 'a\ud800b\udc00'],
    ['quotes and zeros', '"a"\u0000\\'],
  ])('writes one line, with the whole text, for %s in a field (R69)', (_, text) => {
    expect(write({ help: text })['help']).toBe(text)
    expect(lines[0]).not.toMatch(/[\n\r]/)
    expect(Buffer.from(lines[0] ?? '').toString()).toBe(lines[0])
  })

  test('cuts a field at 1,000 characters, but never a record', () => {
    const line = write({ help: 'x'.repeat(1_000_000), record: 'y'.repeat(10_000), model: 'z'.repeat(1_000) })
    expect(String(line['help'])).toHaveLength(1_000)
    expect(String(line['help'])).toMatch(/x…$/)
    expect(String(line['record'])).toHaveLength(10_000)
    expect(String(line['model'])).toMatch(/^z{1000}$/)
  })

  test('contains no secret, not even a part of one that is cut', () => {
    const secret = 'plain-secret-42'
    write({ path: `/x/${secret}`, help: `${'x'.repeat(990)}${secret}` }, 'info', [secret])
    expect(lines[0]).not.toContain('plain-sec')
  })

  test('keeps a record valid JSON with all its numbers and names, even if secrets contain them', () => {
    const record = {
      request_id: '0b1c7a60-3d2c-4aa1-9a55-6f3c1d2e4b5a',
      user_id: '1900000000000000001',
      model: 'glm-4.5-air',
      usage: { total_tokens: 123_456, prompt_tokens: 987_654 },
      points: 123_456,
      metadata: { cost_cny: '0.123456' },
    }
    const secrets = ['abc123456def', '987654', 'x1900000000000000001', 'my-glm-4.5-air', '0.1234567']
    const line = write({ record: JSON.stringify(record) }, 'info', secrets)
    expect(JSON.parse(String(line['record']))).toEqual(record)
  })

  test.each([
    ['error', 0],
    ['warn', 1],
    ['info', 1],
    ['debug', 1],
  ] as const)('at LOG_LEVEL=%s, a line of level warn is written %i times', (threshold, times) => {
    createConsoleLog(threshold, createRedactor([]))('warn', 'no_models')
    expect(lines).toHaveLength(times)
  })
})
