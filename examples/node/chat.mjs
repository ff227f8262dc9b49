// Streams one reply: node chat.mjs "你好"
// The environment variables GATEWAY, TOKEN (an access token) and MODEL replace the defaults below.
import OpenAI from 'openai'

// The platform may refuse a text above 100 KB. The gateway reads JSON of any type, so a long body goes as bytes.
const sendLong = (url, init) => {
  const isLong = typeof init.body === 'string' && Buffer.byteLength(init.body) > 90 * 1024
  if (isLong) init.headers.set('content-type', 'application/octet-stream')
  return fetch(url, init)
}

const client = new OpenAI({
  fetch: sendLong,
  baseURL: process.env.GATEWAY ?? 'http://127.0.0.1:3000/v1',
  apiKey: process.env.TOKEN ?? 'unused-in-development',
})

try {
  const stream = await client.chat.completions.create({
    model: process.env.MODEL ?? 'tiny',
    messages: [{ role: 'user', content: process.argv[2] ?? 'Count to 12.' }],
    stream: true,
    stream_options: { include_usage: true },
  })

  for await (const chunk of stream) {
    process.stdout.write(chunk.choices[0]?.delta.content ?? '')
    if (chunk.usage) console.log(`\n(${chunk.usage.total_tokens} tokens)`)
  }
} catch (error) {
  const isUnreachable = error instanceof OpenAI.APIConnectionError
  console.error(isUnreachable ? `No gateway answers at ${client.baseURL}.` : error.message)
  process.exitCode = 1
}
