import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import OpenAI from 'openai'

/** A typical gateway: it calls the official client library for every request and serializes its objects again. */

const client = new OpenAI({ baseURL: `${process.env['UPSTREAM']}/v1`, apiKey: 'bench', maxRetries: 0 })

const readJson = async (request: IncomingMessage): Promise<OpenAI.ChatCompletionCreateParams> => {
  const pieces: Buffer[] = []
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece)
  return JSON.parse(Buffer.concat(pieces).toString()) as OpenAI.ChatCompletionCreateParams
}

const forward = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const completion = await client.chat.completions.create(await readJson(request))
  if (!(Symbol.asyncIterator in completion)) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(completion))
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for await (const chunk of completion) response.write(`data: ${JSON.stringify(chunk)}\n\n`)
  response.end('data: [DONE]\n\n')
}

createServer((request, response) => {
  forward(request, response).catch(() => response.writeHead(502).end())
}).listen(Number(process.env['PORT']), '127.0.0.1')
