import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { actions } from './actions.ts'
import { CloudError } from './cloud-error.ts'
import { type CloudState, takeFault } from './cloud-state.ts'
import { verifySignature } from './signature.ts'

/** Handles a call of Tencent Cloud's API 3.0: `X-TC-Action` in the header, JSON in and out. */
export const handleApi = async (
  state: CloudState,
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
): Promise<void> => {
  const action = String(request.headers['x-tc-action'])
  const service = request.headers.host?.split('.')[0] ?? ''
  const reply = (content: object): void => {
    const Response = { ...content, RequestId: `r-${state.calls.length}` }
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ Response }))
  }
  try {
    const parsed = JSON.parse(body.toString() || '{}') as Record<string, unknown>
    state.calls.push({ service, action, body: parsed })
    verifySignature(state, request, body)
    if (state.latency.replyMs > 0) await wait(state.latency.replyMs)
    const fault = takeFault(state, action)
    if (fault?.error === 'cut') {
      response.destroy()
      return
    }
    if (fault) throw new CloudError(fault.error.Code, fault.error.Message)
    const run = actions[action]
    if (!run) throw new CloudError('InvalidAction', `The action ${action} is unknown to the stand-in`)
    if (request.headers['x-tc-region'] !== state.region) throw createNotFound(parsed)
    reply(await run(state, parsed))
  } catch (error) {
    if (!(error instanceof CloudError)) throw error
    reply({ Error: { Code: error.code, Message: error.message } })
  }
}

const createNotFound = ({ EnvId }: Record<string, unknown>): CloudError =>
  new CloudError('ResourceNotFound.EnvNotFound', `Env ${String(EnvId)} not found`)
