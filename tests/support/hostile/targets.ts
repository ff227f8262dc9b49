/** An endpoint and its valid request, from which the hostile requests are made. */
export interface Target {
  readonly name: string
  readonly line: string
  readonly path: string
  readonly body: string
}

/** Chat. Its valid request reaches a provider. */
export const chat: Target = {
  name: 'llm-chat-completions',
  line: 'POST /v1/chat/completions HTTP/1.1\r\n',
  path: '/v1/chat/completions',
  body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }] }),
}
/** The HTTP endpoints, with and without a body. */
export const targets: readonly Target[] = [
  chat,
  { name: 'llm-admin-reload', line: 'POST /admin/reload HTTP/1.1\r\n', path: '/admin/reload', body: '{}' },
  { name: 'llm-models', line: 'GET /v1/models HTTP/1.1\r\n', path: '/v1/models', body: '' },
  { name: 'llm-health', line: 'GET /health HTTP/1.1\r\n', path: '/health', body: '' },
]

/** The headers of a valid request without its length. */
export const host = 'host: gateway.example\r\nx-gateway-key: an-admin-key-of-some-length\r\n'
/** The length header of the valid request. */
export const length = ({ body }: Target): string => `content-length: ${body.length}\r\n`
/** A valid request, which gets a 200. */
export const good = (target: Target): string => `${target.line}${host}${length(target)}\r\n${target.body}`
/** The body of a valid request in chunks. */
export const chunked = ({ body }: Target, extension = ''): string =>
  `${body.length.toString(16)}${extension}\r\n${body}\r\n0\r\n\r\n`.replace(/^0(;[^\r]*)?\r\n\r\n0/, '0$1')
/** The valid request with additional header lines before its length. */
export const withHeaders = (target: Target, headers: string): string =>
  `${target.line}${host}${headers}${length(target)}\r\n${target.body}`
/** The valid request in chunks, with a header line for its coding. */
export const coded = (target: Target, coding: string): string => `${target.line}${host}${coding}\r\n${chunked(target)}`
/** The valid request with another request line. */
export const called = (target: Target, line: string): string => `${line}\r\n${host}${length(target)}\r\n${target.body}`
