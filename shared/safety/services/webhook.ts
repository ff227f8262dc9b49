import { sendRequest } from '../../drivers/http-request.ts'
import type { CheckService, VerdictKind } from '../../protocol/safety.ts'
import { isCount } from '../../protocol/usage.ts'
import { parseService, ServiceError, toLabel, toScore } from './service-error.ts'

/** The owner's own checker. */
export interface WebhookOptions {
  readonly url: string
  /** Sent as a bearer token; undefined: none is sent. */
  readonly token: string | undefined
  readonly timeoutMs: number
}

const kinds: readonly VerdictKind[] = ['pass', 'review', 'block']

/** Checks texts with a URL of the owner's. It gets `{text, session_id, user_id}` as a POST and returns
 *  `{verdict, label?, score?, at?}`. */
export const webhookCheck = ({ url, token, timeoutMs }: WebhookOptions): CheckService => ({
  name: 'webhook',
  maxLength: 10_000,
  check: async ({ text, sessionId, userId }) => {
    const headers = {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    }
    const body = JSON.stringify({ text, session_id: sessionId, user_id: userId })
    const fields = parseService(await sendRequest({ url: new URL(url), method: 'POST', headers, body, timeoutMs }))
    const { verdict, label, score, at } = fields
    const kind = kinds.find((known) => known === verdict)
    if (!kind) throw new ServiceError('invalid_response')
    return { kind, label: toLabel(label), score: toScore(score), at: isCount(at) ? at : undefined }
  },
})
