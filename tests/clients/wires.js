import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'

/** Ways to write the events of a stream. Each turns chunks and `[DONE]` into bytes. */
const lines = (write) => (events) => Buffer.from(events.map(write).join(''))
const plain = lines((data) => `data: ${data}\n\n`)

export const framings = {
  CRLF: lines((data) => `data: ${data}\r\n\r\n`),
  CR: lines((data) => `data: ${data}\r\r`),
  'names and ids': lines((data, index) => `event: message\nid: ${index}\nretry: 5\ndata: ${data}\n\n`),
  'several lines of data': lines((data) => `data: ${data.replaceAll(',"', ',\ndata: "')}\n\n`),
  'no space': lines((data) => `data:${data}\n\n`),
  'a byte order mark': lines((data, index) => `${index === 0 ? '\uFEFF' : ''}data: ${data}\n\n`),
  'one line feed': lines((data) => `data: ${data}\n`),
  heartbeats: lines(
    (data) =>
      `: beat\n\ndata: null\n\ndata: ping\n\ndata: {"type":"keepalive"}\n\ndata: 2024-04-07 20:20:50\n\ndata: ${data}\n\n`,
  ),
  'a quoted end': lines((data) => `data: ${data === '[DONE]' ? '"[DONE]"' : data}\n\n`),
  'newline-delimited JSON': lines((data) => `${data}\n`),
  gzip: (events) => gzipSync(plain(events)),
  deflate: (events) => deflateSync(plain(events)),
  br: (events) => brotliCompressSync(plain(events)),
}

/** The headers of a framing. */
export const headersOf = (framing) => ({
  'content-type': 'text/event-stream',
  ...(['gzip', 'deflate', 'br'].includes(framing) && { 'content-encoding': framing }),
})

/** Failures as vendors send them, and the reply that a client gets: its status and code. */
export const failures = {
  debt: {
    status: 429,
    body: { error: { code: '1113', message: '您的账户已欠费，请充值后重试。' } },
    reply: [503, 'upstream_quota'],
  },
  'debt under 200': {
    status: 200,
    body: { base_resp: { status_code: 1008, status_msg: 'insufficient balance' } },
    reply: [503, 'upstream_quota'],
  },
  'a bad key': {
    status: 400,
    body: [{ error: { code: 400, message: 'API key not valid.', status: 'INVALID_ARGUMENT' } }],
    reply: [502, 'upstream_auth'],
  },
  overload: { status: 500, body: '服务器繁忙，请稍后再试', reply: [503, 'upstream_error'] },
  'refused content': {
    status: 403,
    body: { error: { message: 'Content Exists Risk' } },
    reply: [400, 'content_policy_violation'],
  },
  'refused content in Chinese': {
    status: 500,
    body: { msg: '输入内容审核不通过', code: 10013 },
    reply: [400, 'content_policy_violation'],
  },
  region: {
    status: 403,
    body: { error: { message: 'Country, region, or territory not supported' } },
    reply: [502, 'upstream_error'],
  },
  'a long prompt': {
    status: 500,
    body: { message: 'prompt is too long: 9 tokens > 8 maximum' },
    reply: [400, 'context_length_exceeded'],
  },
  'a wait': {
    status: 429,
    body: { error: { code: 'slow', message: '请 1 分钟后重试' } },
    reply: [429, 'slow'],
    wait: '60',
  },
}

/** Sends a failure, as a status or, if text has been sent, as an event. */
export const sendFailure = (response, { status, body }, chunk) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  if (chunk === undefined) return response.writeHead(status, { 'content-type': 'application/json' }).end(text)
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.end(`data: ${chunk}\n\nevent: error\ndata: ${text}\n\n`)
}
