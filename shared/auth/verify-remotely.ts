import { get as getHttp } from 'node:http'
import { get as getHttps } from 'node:https'
import { GatewayError } from '../protocol/errors.ts'
import { isObject, parseJson } from '../protocol/json.ts'
import type { User } from '../protocol/user.ts'
import { invalidAccessToken } from './bearer.ts'

/** Tells whose token it is.
 *  @throws invalid_access_token (401), auth_unavailable (503) */
export type VerifyToken = (token: string) => Promise<User>

const timeoutMs = 5_000
const maxAnswerBytes = 65_536

/** Verifies tokens with the auth service itself, `GET /auth/v1/user/me` (CloudBase HTTP API, "Get current user"):
 *  only a 200 that names a `sub` is a user, because the service answers some bad tokens with a 200 and an empty object. */
export const verifyRemotely = (authOrigin: string): VerifyToken => {
  const url = new URL('/auth/v1/user/me', authOrigin)
  return async (token) => {
    const { status, text } = await getText(url, token)
    if (status >= 500 || status === 429) throw unavailable()
    const profile = parseJson(text)
    if (status !== 200 || !isObject(profile)) throw invalidAccessToken()
    const { sub, user_id: id = sub, status: state = 'ACTIVE' } = profile
    if (typeof id !== 'string' || id === '' || state !== 'ACTIVE') throw invalidAccessToken()
    return { id, kind: 'user', groups: [] }
  }
}

const getText = (url: URL, token: string): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const get = url.protocol === 'https:' ? getHttps : getHttp
    const headers = { authorization: `Bearer ${token}`, accept: 'application/json' }
    const request = get(url, { headers, timeout: timeoutMs, signal: AbortSignal.timeout(timeoutMs) }, (answer) => {
      const pieces: Buffer[] = []
      let size = 0
      answer.on('data', (piece: Buffer) => {
        size += piece.length
        if (size > maxAnswerBytes) request.destroy(new Error('answer too large'))
        pieces.push(piece)
      })
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(pieces).toString() }))
    })
    request.once('error', (cause) => reject(unavailable(cause)))
  })

const unavailable = (cause?: Error): GatewayError =>
  new GatewayError(503, 'auth_unavailable', 'The login service did not answer. Try again in a few seconds.', {
    headers: { 'retry-after': '5' },
    ...(cause && { cause }),
  })
