import type { ChatRequest } from '../parts/gateway/stream-chat.ts'
import type { Credential } from './credential.ts'

/** The gateway that a sample calls. */
export interface SampleGateway {
  /** Base URL with a slash at its end. */
  readonly base: string
  readonly credential?: Credential | undefined
}

/** The languages of the samples. */
export const sampleLanguages = ['curl', 'JavaScript', 'Python'] as const

/** A language of the samples. */
export type SampleLanguage = (typeof sampleLanguages)[number]

/** The variable that holds the credential in a sample. The credential never stands there itself. */
export const sampleVariables = { token: 'GATEWAY_TOKEN', adminKey: 'GATEWAY_ADMIN_KEY' } as const

/** Returns code that sends the same request to the same gateway and prints the reply as it streams. */
export const writeSample = (language: SampleLanguage, gateway: SampleGateway, request: ChatRequest): string =>
  writers[language](gateway, request)

const writeCurl = ({ base, credential }: SampleGateway, request: ChatRequest): string => {
  const header = credential?.kind === 'token' ? 'Authorization: Bearer ' : 'X-Gateway-Key: '
  const body = JSON.stringify({ ...request, stream: true }, null, 2)
  return [
    `curl -N ${base}v1/chat/completions`,
    "-H 'Content-Type: application/json'",
    ...(credential ? [`-H "${header}$${sampleVariables[credential.kind]}"`] : []),
    `-d '${body.replaceAll("'", "'\\''")}'`,
  ].join(' \\\n  ')
}

const writeJavaScript = ({ base, credential }: SampleGateway, { model, messages }: ChatRequest): string => {
  const key = credential?.kind === 'token' ? `process.env.${sampleVariables.token}` : "'none'"
  const headers =
    credential?.kind === 'adminKey'
      ? `\n  defaultHeaders: { 'X-Gateway-Key': process.env.${sampleVariables.adminKey} },`
      : ''
  return `import OpenAI from 'openai'

const client = new OpenAI({
  baseURL: '${base}v1',
  apiKey: ${key},${headers}
})

const stream = await client.chat.completions.create({
  model: ${JSON.stringify(model)},
  messages: ${JSON.stringify(messages, null, 2).replaceAll('\n', '\n  ')},
  stream: true,
})

for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content ?? '')
`
}

/** A string of JSON is a string of Python too. */
const writePython = ({ base, credential }: SampleGateway, { model, messages }: ChatRequest): string => {
  const key = credential?.kind === 'token' ? `os.environ["${sampleVariables.token}"]` : '"none"'
  const headers =
    credential?.kind === 'adminKey'
      ? `\n    default_headers={"X-Gateway-Key": os.environ["${sampleVariables.adminKey}"]},`
      : ''
  return `${credential ? 'import os\n\n' : ''}from openai import OpenAI

client = OpenAI(
    base_url="${base}v1",
    api_key=${key},${headers}
)

stream = client.chat.completions.create(
    model=${JSON.stringify(model)},
    messages=${JSON.stringify(messages, null, 4).replaceAll('\n', '\n    ')},
    stream=True,
)

for chunk in stream:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)
`
}

const writers: Readonly<Record<SampleLanguage, (gateway: SampleGateway, request: ChatRequest) => string>> = {
  curl: writeCurl,
  JavaScript: writeJavaScript,
  Python: writePython,
}
