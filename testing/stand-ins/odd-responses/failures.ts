import { json, type Script, sse } from '../provider.ts'
import { asBoth, delta, type OddResponse, toChunk, toEvent } from './odd-response.ts'

const both = (title: string, script: Script, status: number, code?: string): OddResponse => ({
  title,
  ...asBoth(script),
  reads: { status, ...(code && { code }) },
})
/** «余额不足», in GBK. */
const debtInGbk: Script = {
  headers: { 'content-type': 'application/json; charset=gbk' },
  body: ['{"error":{"message":"', Buffer.from([0xd3, 0xe0, 0xb6, 0xee, 0xb2, 0xbb, 0xd7, 0xe3]), '"}}'],
}

const html = '<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>'
const typed = (type: string, body: string, status = 200): Script => ({
  status,
  headers: { 'content-type': type },
  body: [body],
})

/** Failures in odd shapes. */
export const failureResponses: readonly OddResponse[] = [
  both('a page under 200', typed('text/html', html), 502, 'upstream_error'),
  both('a page in events', sse(`data: ${html}\n\n`), 502, 'upstream_error'),
  both('nothing under 200', json(''), 502, 'upstream_error'),
  both('nothing but blanks under 200', json('  \n\n'), 502, 'upstream_error'),
  both('a status of 204', { status: 204 }, 502, 'upstream_error'),
  both('a redirect', { status: 302, headers: { location: 'http://127.0.0.1:9/' } }, 502, 'upstream_error'),
  both(
    'a permanent redirect with a page',
    { ...typed('text/html', html, 308), headers: { location: '/v2' } },
    502,
    'upstream_error',
  ),
  both('nothing but `[DONE]`', sse('data: [DONE]\n\n'), 502, 'upstream_error'),
  both('nothing but comments', sse(': OPENROUTER PROCESSING\n\n'), 502, 'upstream_error'),
  both('an empty object', json('{}'), 502, 'upstream_error'),
  both(
    'choices null and nothing else (pydantic-ai #6901)',
    json({ id: 'c', choices: null, model: 'm' }),
    502,
    'upstream_error',
  ),
  both('an empty list of choices', json({ id: 'c', choices: [], model: 'm' }), 502, 'upstream_error'),
  both('words after `data: error:`', sse('data: error: insufficient balance\n\n'), 503, 'upstream_quota'),
  both('words after `data: [ERROR]`', sse('data: [ERROR] rate limit exceeded\n\n', 'data: [DONE]\n\n'), 429),
  both('words in Chinese under 200', typed('text/plain', '当前分组上游负载已饱和，请稍后再试'), 503),
  both(
    'a debt in Chinese under 200',
    json({ code: 1001, msg: '账户余额不足，请充值', data: null }),
    503,
    'upstream_quota',
  ),
  both(
    'refused content in Chinese under 200',
    json({ code: 400, message: '输入内容包含敏感信息', success: false }),
    400,
    'content_policy_violation',
  ),
  both(
    'an error in a choice (OpenRouter)',
    json({
      id: 'c',
      choices: [
        {
          index: 0,
          error: { code: 429, message: 'Rate limit exceeded' },
          finish_reason: 'error',
          message: { content: '' },
        },
      ],
    }),
    429,
  ),
  both(
    'an error beside an empty list of choices (OpenRouter: OmniRoute #8210)',
    sse(
      toEvent(
        toChunk({ error: { code: 502, message: 'Worker local total request limit reached (33/32)' }, choices: [] }),
      ),
    ),
    429,
  ),
  both('the reason `error` (OpenRouter)', sse(toEvent(delta({ content: '' }, 'error'))), 502, 'upstream_error'),
  both(
    'an error in upper camel case (Hunyuan)',
    json({
      Response: {
        Error: { Code: 'FailedOperation.ResourcePackExhausted', Message: '资源包余量已用尽' },
        RequestId: 'r',
      },
    }),
    503,
    'upstream_quota',
  ),
  both(
    'an error as a list',
    json([
      { error: { code: 400, message: 'API key not valid. Please pass a valid API key.', status: 'INVALID_ARGUMENT' } },
    ]),
    502,
    'upstream_auth',
  ),
  both(
    'an error named by its event',
    sse('event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n'),
    503,
  ),
  both('an error in single quotes', sse("data: {'error': {'message': 'Rate limit exceeded', 'code': 429}}\n\n"), 429),
  both('an error in GBK', debtInGbk, 503, 'upstream_quota'),
  both('a refusal in GBK, under its own status', { ...debtInGbk, status: 403 }, 503, 'upstream_quota'),
  both(
    'a response that breaks off in its JSON',
    json('{"id":"c","choices":[{"index":0,"message":{"role":"assistant","cont'),
    502,
    'upstream_error',
  ),
  both(
    'a stream that breaks off in an event',
    sse(toEvent(delta({ content: '' })), 'data: {"choices":[{"delta":{"cont'),
    502,
    'upstream_error',
  ),
]
