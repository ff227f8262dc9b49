import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { type Captcha, type Reply, refuse } from './sign-in.ts'

/** The endpoints of the captcha. */
export type CaptchaEndpoint = 'captcha/data' | 'captcha/data/verify'

/** The replies of the captcha's endpoints, and the refusal of a call without a captcha. */
export interface CaptchaReplies extends Readonly<Record<CaptchaEndpoint, (body: Body) => Reply>> {
  /** Returns the reply to a call that needs a captcha and has none; undefined if the call may go on. */
  readonly demand: (request: IncomingMessage) => Reply | undefined
}

type Body = Readonly<Record<string, string | undefined>>

/** A picture of one pixel. */
const picture =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** Creates the replies, with the fields and errors that `@cloudbase/js-sdk` 3.7 reads. A call with the token of a solved picture has it
 *  in its query (`captcha_token`). */
export const createCaptchaReplies = (captcha: Captcha): CaptchaReplies => {
  const open = new Set<string>()
  const solved = new Set<string>()
  return {
    demand: ({ url = '' }) => {
      const token = new URL(url, 'http://auth').searchParams.get('captcha_token') ?? ''
      if (captcha.answer === undefined || solved.has(token)) return undefined
      return refuse(400, 'captcha_required', 4_001, 'A captcha is required.')
    },
    'captcha/data': () => {
      const token = randomUUID()
      open.add(token)
      captcha.drawn += 1
      return [200, { data: picture, token, expires_in: 600 }]
    },
    'captcha/data/verify': ({ token = '', key }) => {
      if (!open.delete(token) || key !== captcha.answer) return refuse(400, 'invalid_argument', 3, '图形验证码错误')
      const passed = randomUUID()
      solved.add(passed)
      return [200, { captcha_token: passed, expires_in: 600 }]
    },
  }
}
