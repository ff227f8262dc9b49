import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { createTracing } from '../../../shared/gateway/config/tracing.ts'
import { createRedactor } from '../../../shared/runtime/redactor.ts'
import { captureLog } from '../../support/capture-log.ts'

const exporter = new InMemorySpanExporter()
const { log, lines } = captureLog()
const options = { module: '@opentelemetry/api', redactor: createRedactor(['a-secret-44']), log }

beforeAll(() => {
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }))
})

afterEach(() => {
  exporter.reset()
  lines.length = 0
})

afterAll(() => trace.disable())

const chat = {
  request_id: 'r-1',
  method: 'POST',
  path: '/v1/chat/completions',
  status: 200,
  duration_ms: 500,
  auth_ms: 10,
  body_ms: 20.5,
  route_ms: 0,
  first_byte_ms: 200,
  stream_ms: 250,
  record_ms: 19.5,
  user_id: 'user-1',
  'gen_ai.operation.name': 'chat',
  'gen_ai.request.model': 'glm-4.5',
  'gen_ai.provider.name': 'zhipu',
  'gen_ai.usage.input_tokens': 12,
  'gen_ai.usage.output_tokens': 34,
  outcome: 'complete',
  estimated: false,
}

describe('a span', () => {
  test('has the name, attributes and duration of the call by the conventions for generative AI (R75)', async () => {
    const before = Date.now()
    const record = await createTracing(options)
    record(chat)
    const [span, ...others] = exporter.getFinishedSpans()
    expect(others).toEqual([])
    expect(span).toMatchObject({ name: 'chat glm-4.5', kind: SpanKind.CLIENT, status: { code: SpanStatusCode.UNSET } })
    expect(span?.instrumentationScope.name).toBe('cloudbase-llm-gateway')
    expect(span?.attributes).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'glm-4.5',
      'gen_ai.provider.name': 'zhipu',
      'gen_ai.usage.input_tokens': 12,
      'gen_ai.usage.output_tokens': 34,
      'http.request.method': 'POST',
      'url.path': '/v1/chat/completions',
      'http.response.status_code': 200,
      'gateway.request_id': 'r-1',
      'gateway.outcome': 'complete',
      'gateway.estimated': false,
      'gateway.auth_ms': 10,
      'gateway.body_ms': 20.5,
      'gateway.route_ms': 0,
      'gateway.first_byte_ms': 200,
      'gateway.stream_ms': 250,
      'gateway.record_ms': 19.5,
    })
    expect(span?.duration).toEqual([0, 500_000_000])
    const startedAt = Number(span?.startTime[0]) * 1_000 + Number(span?.startTime[1]) / 1e6
    expect(startedAt).toBeGreaterThanOrEqual(before - 501)
    expect(span?.events.map(({ name }) => name)).toEqual(['auth', 'body', 'route', 'first_byte', 'stream', 'record'])
    const at = span?.events.map(({ time }) => Math.round(time[0] * 1_000 + time[1] / 1e6 - startedAt))
    expect(at).toEqual([10, 30, 30, 230, 480, 500])
  })

  test.each([
    [{ ...chat, status: 502, error_code: 'upstream_error' }, 'upstream_error'],
    [{ ...chat, outcome: 'client_gone' }, 'client_gone'],
  ])('has an error status if the request failed', async (fields, type) => {
    const record = await createTracing(options)
    record(fields)
    expect(exporter.getFinishedSpans()[0]).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: { 'error.type': type },
    })
  })

  test('is a server span if the request called no model', async () => {
    const record = await createTracing(options)
    record({ method: 'GET', path: '/v1/usage', status: 200, duration_ms: 3 })
    expect(exporter.getFinishedSpans()[0]).toMatchObject({ name: 'GET', kind: SpanKind.SERVER })
  })

  test('contains no secret', async () => {
    const record = await createTracing(options)
    record({ ...chat, path: '/v1/a-secret-44' })
    expect(exporter.getFinishedSpans()[0]?.attributes['url.path']).toBe('/v1/[redacted]')
  })
})

test.each(['@opentelemetry/no-such-package', './no-such-file.cjs', 'node:path'])(
  'logs TRACING_MODULE=%s, which exports no API, and traces nothing',
  async (module) => {
    const record = await createTracing({ ...options, module })
    record(chat)
    expect(exporter.getFinishedSpans()).toEqual([])
    expect(lines).toMatchObject([{ level: 'warn', event: 'tracing_unavailable' }])
  },
)
