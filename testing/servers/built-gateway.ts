import { type ReceivedRequest, type Script, type ScriptedProvider, scriptedProvider } from '../stand-ins/provider.ts'
import { type StartedFunction, startFunction } from './start-function.ts'

/** A built function in front of a scripted provider. */
export interface BuiltGateway {
  readonly provider: ScriptedProvider
  readonly built: StartedFunction
  /** Posts a body to the function. `model` is `m` if the body has none. */
  readonly call: (body: object, init?: RequestInit) => Promise<Response>
  readonly close: () => Promise<void>
}

export interface BuiltGatewayOptions {
  /** Returns the response of the provider. */
  readonly answer: (request: ReceivedRequest, attempt: number) => Script
  readonly function?: 'llm-chat-completions' | 'llm-completions'
  readonly environment?: Record<string, string>
  /** Fields of the model map's entries, by model; `api_base` and `api_key` are added. */
  readonly models?: Readonly<Record<string, object>>
}

/** Starts the provider and the function. */
export const builtGateway = async (options: BuiltGatewayOptions): Promise<BuiltGateway> => {
  const { answer, function: name = 'llm-chat-completions', environment = {}, models = { m: {} } } = options
  const provider = await scriptedProvider(answer)
  const entry = { provider: 'openai', api_base: `${provider.url}/v1`, api_key: 'sk-test-0123456789abcdef' }
  const map = Object.fromEntries(Object.entries(models).map(([model, fields]) => [model, { ...entry, ...fields }]))
  const built = await startFunction(name, {
    DISABLE_AUTH: 'true',
    ALLOW_PRIVATE_UPSTREAMS: 'true',
    MODEL_PROVIDER_MAP: JSON.stringify(map),
    ...environment,
  })
  const path = name === 'llm-completions' ? '/v1/completions' : '/v1/chat/completions'
  const input = name === 'llm-completions' ? { prompt: 'hi' } : { messages: [{ role: 'user', content: 'hi' }] }
  return {
    provider,
    built,
    call: (body, init) =>
      fetch(built.url + path, { method: 'POST', body: JSON.stringify({ model: 'm', ...input, ...body }), ...init }),
    close: async () => {
      await built.stop()
      await provider.close()
    },
  }
}
