'use strict'
/* The code of `llm-probe`, which `npm run doctor -- --probe` deploys while it runs. `?do=` selects the action, for requests with the
 * key only. It returns names and digests of headers, never a value, because one of them carries credentials. */
const { createHash, randomUUID } = require('node:crypto')
const { createServer } = require('node:http')
const { gunzipSync } = require('node:zlib')

const key = process.env.PROBE_KEY
const instance = randomUUID()
const tickMs = 100
const maxTickingMs = 20_000
/** The times at which the function was still working, by the name of the task. */
const ticks = new Map()

/** The calls from a mini program. */
const visits = []

const digest = (value) => (value ? createHash('sha256').update(value).digest('hex').slice(0, 16) : undefined)

const startTicking = (name) => {
  const moments = [Date.now()]
  ticks.set(name, moments)
  const timer = setInterval(() => moments.push(Date.now()), tickMs)
  setTimeout(() => clearInterval(timer), maxTickingMs).unref()
}

const contextFields = (value) => {
  if (!value) return []
  const bytes = Buffer.from(value, 'base64')
  for (const decode of [gunzipSync, (plain) => plain]) {
    try {
      return Object.keys(JSON.parse(decode(bytes).toString())).sort()
    } catch {}
  }
  return []
}

const digestHeaders = ({ 'x-probe-key': _, ...headers }) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, digest(String(value))]))

const countBytes = async (request) => {
  let bytes = 0
  for await (const piece of request) bytes += piece.length
  return bytes
}

const json = (response, body) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body))

const startStream = (response) => {
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  })
  response.flushHeaders()
}

const actions = {
  echo: ({ url, headers }, response) => {
    const { 'x-cloudbase-context': context, ...others } = headers
    const digests = { ...digestHeaders(others), context: digest(context) }
    json(response, { url, digests, contextFields: contextFields(context) })
  },
  cors: (_, response) => json(response.setHeader('access-control-allow-origin', '*'), {}),
  page: (_, response) =>
    response
      .writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-disposition': 'inline' })
      .end('<!doctype html><title>llm-probe</title>'),
  length: async (request, response) => json(response, { bytes: await countBytes(request) }),
  visit: async (request, response) => {
    visits.push({ url: request.url, digests: digestHeaders(request.headers), bytes: await countBytes(request) })
    json(response, { ok: true })
  },
  visits: (_, response) => json(response, { visits }),
  silent: (_, response, query) => setTimeout(() => json(response, {}), Number(query.get('ms'))),
  stream: async (_, response, query) => {
    startStream(response)
    for (let piece = 0; piece < Number(query.get('pieces')) && !response.destroyed; piece++) {
      if (piece > 0) await new Promise((done) => setTimeout(done, Number(query.get('gapMs'))))
      response.write(`data: ${piece}\n\n`)
    }
    response.end()
  },
  flood: async (_, response, query) => {
    startStream(response)
    const piece = Buffer.from(`data: ${'x'.repeat(65_528)}\n\n`)
    for (let sent = 0; sent < Number(query.get('bytes')) && !response.destroyed; sent += piece.length) {
      if (!response.write(piece)) await new Promise((done) => response.once('drain', done).once('close', done))
    }
    response.end()
  },
  work: (_, response, query) => {
    startTicking(query.get('name'))
    json(response, { instance })
  },
  leave: (_, response, query) => {
    startStream(response)
    response.once('close', () => startTicking(query.get('name')))
    response.write(`data: ${instance}\n\n`)
  },
  ticks: (_, response, query) => {
    const moments = ticks.get(query.get('name')) ?? []
    const recent = Date.now() - tickMs / 2
    json(response, {
      instance,
      ticks: moments.filter((at) => at < recent).length,
      since: Date.now() - (moments[0] ?? Date.now()),
    })
  },
}

createServer((request, response) => {
  const query = new URL(request.url, 'http://probe').searchParams
  const name = query.get('do') ?? request.headers['x-probe-do'] ?? ''
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined
  if (!key || request.headers['x-probe-key'] !== key || !action) return response.writeHead(404).end()
  Promise.resolve(action(request, response, query)).catch(() => response.destroy())
}).listen(Number(process.env.PORT ?? 9000), process.env.HOST ?? '0.0.0.0')
