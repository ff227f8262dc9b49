import { describe, expect, test } from '@jest/globals'
import { parseLogFormat, shortenLogLine } from '../../scripts/local/log-lines.ts'

const time = '2026-01-31T08:05:09.123Z'
const clock = new Date(time).toTimeString().slice(0, 8)

const request = (fields: object): string =>
  `llm-chat-completions | ${JSON.stringify({ level: 'info', event: 'request', time, request_id: 'r', ...fields })}`

describe('a log line for a person', () => {
  test('shows time, status, method, path, model, duration, tokens, points and user of a call', () => {
    const line = request({
      method: 'POST',
      path: '/v1/chat/completions',
      status: 200,
      duration_ms: 312,
      auth_ms: 0.1,
      user_id: 'user-1',
      'gen_ai.request.model': 'glm-4.5',
      'gen_ai.provider.name': 'openai',
      stream: true,
      outcome: 'complete',
      'gen_ai.usage.input_tokens': 20,
      'gen_ai.usage.output_tokens': 27,
      estimated: false,
      points: 8,
    })
    expect(shortenLogLine(line)).toBe(
      `${clock} 200 POST /v1/chat/completions glm-4.5 312 ms 20+27 tokens 8 points user-1`,
    )
  })

  test('shows zero points, and marks estimated tokens', () => {
    const line = request({
      method: 'POST',
      path: '/v1/completions',
      status: 200,
      duration_ms: 5,
      user_id: null,
      'gen_ai.usage.input_tokens': 3,
      'gen_ai.usage.output_tokens': 0,
      estimated: true,
      points: 0,
    })
    expect(shortenLogLine(line)).toBe(`${clock} 200 POST /v1/completions 5 ms ~3+0 tokens 0 points`)
  })

  test('shows why a request failed, and an outcome that is not complete', () => {
    const refused = request({
      method: 'GET',
      path: '/v1/models',
      status: 401,
      duration_ms: 1,
      error_code: 'missing_token',
    })
    expect(shortenLogLine(refused)).toBe(`${clock} 401 GET /v1/models 1 ms missing_token`)
    const left = request({
      method: 'POST',
      path: '/v1/chat/completions',
      status: 200,
      duration_ms: 9,
      outcome: 'client_gone',
    })
    expect(shortenLogLine(left)).toBe(`${clock} 200 POST /v1/chat/completions 9 ms client_gone`)
  })

  test('shows level, function, event and fields of any other line', () => {
    const event = JSON.stringify({
      level: 'warn',
      event: 'model_rejected',
      time,
      model: 'm',
      reason: 'no key',
      absent: null,
    })
    expect(shortenLogLine(`llm-models | ${event}`)).toBe(
      `${clock} warn llm-models model_rejected model=m reason=no key absent=`,
    )
  })

  test.each([
    'llm-models | instance 42',
    'llm-models | {"a":1}',
    'llm-models | {"event":"request","time":5}',
    'llm-models | {not json}',
    'The gateway listens on http://127.0.0.1:3000',
    '{"level":"info","event":"request","time":"2026-01-31T08:05:09.123Z"}',
    '',
  ])('leaves %j as it is', (line) => {
    expect(shortenLogLine(line)).toBe(line)
  })
})

describe('LOG_FORMAT', () => {
  test('is text on a terminal and json elsewhere by default', () => {
    expect(parseLogFormat(undefined, true)).toBe('text')
    expect(parseLogFormat(' ', true)).toBe('text')
    expect(parseLogFormat('', false)).toBe('json')
  })

  test('chooses the format wherever the lines go', () => {
    expect(parseLogFormat('json', true)).toBe('json')
    expect(parseLogFormat('TEXT', false)).toBe('text')
  })

  test('is refused if it names no format', () => {
    expect(() => parseLogFormat('pretty', true)).toThrow("LOG_FORMAT is 'pretty'. Use one of text, json.")
    expect(() => parseLogFormat('pretty', true, 'zh')).toThrow('LOG_FORMAT 的值“pretty”无效，可用值：text, json。')
  })
})
