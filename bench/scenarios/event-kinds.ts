import { readConfig } from '../../shared/gateway/config/config.ts'
import { createRegistry } from '../../shared/models/registry.ts'
import { parseCall } from '../../shared/protocol/call.ts'
import { SseSplitter } from '../../shared/protocol/sse.ts'
import { ChunkStream } from '../../shared/providers/response/chunk-stream.ts'
import type { JsonObject } from '../../shared/runtime/json.ts'
import { startCpuClock } from '../../testing/stats/own-cpu.ts'
import type { Scenario } from './scenario.ts'

const events = 20_000
const identity = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_750_000_000, model: 'm' }

/** Writes the event at a position of a stream. */
type WriteEvent = (position: number) => JsonObject

const chunk = (delta: object): JsonObject => ({ ...identity, choices: [{ index: 0, delta, finish_reason: null }] })
const role = (position: number): object => (position === 0 ? { role: 'assistant' } : {})
const getCall = (position: number): object =>
  position === 0
    ? { index: 0, id: 'call_1', type: 'function', function: { name: 'f', arguments: '' } }
    : { index: 0, function: { arguments: `"some ${position}",` } }

/** Streams whose events are of one kind. */
const kinds: Readonly<Record<string, WriteEvent>> = {
  'plain text': (position) => chunk({ ...role(position), content: `word ${position} ` }),
  thinking: (position) => chunk({ ...role(position), reasoning_content: `thought ${position} ` }),
  'tool call': (position) => chunk({ ...role(position), tool_calls: [getCall(position)] }),
  // The role in each delta, an id for each chunk, usage beside text, no object: Zhipu, Ollama and others.
  'not in normal form': (position) => ({
    id: `id-${position}`,
    created: 1_750_000_000 + position,
    model: 'other',
    usage: null,
    choices: [{ index: 0, delta: { role: 'assistant', content: `word ${position} `, tool_calls: null } }],
  }),
}

/** The processor time of an event by its kind, in the process, beside that of its JSON parsed and written again. */
export const eventKinds: Scenario = {
  name: 'event-kinds',
  title: 'Events by their kind, in the process',
  run: async ({ samples, options }) => {
    const createStream = await createStreams()
    for (let round = 0; round <= options.rounds; round++)
      for (const [kind, write] of Object.entries(kinds)) {
        const texts = Array.from({ length: events }, (_, position) => JSON.stringify(write(position)))
        const given = texts.flatMap((text) => new SseSplitter().push(Buffer.from(`data: ${text}\n\n`)))
        const stream = createStream()
        const own = measure(given, (event) => stream.next(event))
        const json = measure(texts, (text) => JSON.stringify(JSON.parse(text)))
        if (round === 0) continue
        samples.add('event-kinds', kind, { round, values: { event_cpu_us: own } })
        samples.add('event-kinds', `${kind}: its JSON alone`, { round, values: { event_cpu_us: json } })
      }
  },
}

/** Creates what creates the reader of a stream for a call with a tool. */
const createStreams = async (): Promise<() => ChunkStream> => {
  const map = JSON.stringify({ m: { api_base: 'https://models.example.com/v1', api_key: 'sk-bench' } })
  const config = readConfig({ MODEL_PROVIDER_MAP: map, DISABLE_AUTH: 'true', LOG_LEVEL: 'error', USAGE_STORE: 'none' })
  const [target] = (await createRegistry(config.models).current()).route('m').targets
  const tools = [{ type: 'function', function: { name: 'f' } }]
  const body = { model: 'm', stream: true, messages: [{ role: 'user', content: 'hi' }], tools }
  const call = parseCall('chat/completions', Buffer.from(JSON.stringify(body)))
  return () => new ChunkStream({ target, call, onText: () => undefined })
}

const measure = <Event>(given: readonly Event[], read: (event: Event) => unknown): number => {
  const readMs = startCpuClock()
  for (const event of given) read(event)
  return (readMs() * 1_000) / given.length
}
