import { randomUUID } from 'node:crypto'
import type { LookupFunction } from 'node:net'
import { createGuardedLookup } from '../../drivers/guarded-lookup.ts'
import { sendRequest } from '../../drivers/http-request.ts'
import { isObject, parseJson } from '../../runtime/json.ts'
import { isPrivateHost } from '../../runtime/private-address.ts'
import { signWebhook } from '../../usage/delivery/webhook.ts'
import type { Alert } from '../stores/alert-book.ts'
import { type AlertText, describeAlert } from './alert-texts.ts'
import { findRobot, type Robot, type SignedPost } from './chat-robots.ts'

/** The receiver of alerts. */
export interface AlertReceiver {
  readonly url: URL
  readonly secret: string | undefined
  /** Whether it may be at a private address. */
  readonly allowPrivate: boolean
  /** Resolves its name. Default: the system's. */
  readonly lookup?: LookupFunction | undefined
}

/** The longest time of a post, in milliseconds. */
const timeoutMs = 5_000

/** The first words of each text. A robot that wants a keyword finds it here. */
const title: AlertText = { en: 'LLM gateway', zh: 'LLM gateway 告警' }

/** The longest text for a robot, in bytes. WeCom takes 2,048. */
const maxPostBytes = 2_000

/** Posts alerts, all at once. Resolves with those that were in the post: a robot gets as many as fit.
 *  @throws with a message that contains no address, no secret and no text of the receiver
 *  @param now milliseconds since 1970 */
export const postAlerts = async (
  receiver: AlertReceiver,
  alerts: readonly Alert[],
  now: number,
): Promise<readonly Alert[]> => {
  const { url, secret, allowPrivate } = receiver
  if (!allowPrivate && isPrivateHost(url.hostname)) throw privateError()
  const robot = findRobot(url)
  const { posted, post } = robot ? toRobotPost(robot, alerts, { secret, now }) : toJsonPost(alerts, { secret, now })
  await send(receiver, post, robot)
  return posted
}

interface PostOptions {
  readonly secret: string | undefined
  readonly now: number
}

interface Post {
  readonly posted: readonly Alert[]
  readonly post: SignedPost
}

const toRobotPost = (robot: Robot, alerts: readonly Alert[], { secret, now }: PostOptions): Post => {
  const lines = [title[robot.language]]
  const posted = alerts.filter(({ facts }) => {
    const line = describeAlert(facts)[robot.language]
    const fits = Buffer.byteLength([...lines, line].join('\n')) <= maxPostBytes
    if (fits) lines.push(line)
    return fits
  })
  const body = robot.toBody(lines.join('\n'))
  return { posted, post: secret && robot.sign ? robot.sign(body, secret, now) : { body } }
}

const toJsonPost = (alerts: readonly Alert[], { secret, now }: PostOptions): Post => {
  const rows = alerts.map(({ cause, facts, foundAt }) => {
    const { en, zh } = describeAlert(facts)
    return { cause, ...facts, message: en, message_zh: zh, ts: Math.floor(foundAt / 1_000) }
  })
  const body = { type: 'alerts', alerts: rows, ts: Math.floor(now / 1_000) }
  const message = { id: randomUUID(), timestamp: body.ts, body: JSON.stringify(body) }
  return { posted: alerts, post: { body, ...(secret && { headers: signWebhook(secret, message) }) } }
}

const send = async (
  { url, allowPrivate, lookup = allowPrivate ? undefined : createGuardedLookup(privateError) }: AlertReceiver,
  { body, query = {}, headers }: SignedPost,
  robot: Robot | undefined,
): Promise<void> => {
  const target = new URL(url)
  for (const [name, value] of Object.entries(query)) target.searchParams.set(name, value)
  const { status, text } = await sendRequest({
    url: target,
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    timeoutMs,
    lookup,
  }).catch((error: NodeJS.ErrnoException) => {
    if (error instanceof AlertError) throw error
    throw new AlertError(`the receiver did not answer (${error.code ?? error.name})`)
  })
  if (status < 200 || status > 299) throw new AlertError(`the receiver answered ${status}`)
  const refusal = robot && findRefusal(robot, text)
  if (refusal !== undefined) throw new AlertError(refusal)
}

/** Robots reply with 200 and a code; every code but 0 is a refusal. */
const findRefusal = ({ codeField, help }: Robot, text: string): string | undefined => {
  const reply = parseJson(text)
  const code = isObject(reply) ? reply[codeField] : undefined
  if (code === 0) return undefined
  const advice = help[String(code)]
  return `the robot refused it (${String(code).slice(0, 16)})${advice === undefined ? '' : `: ${advice}`}`
}

/** A failure in our own words. */
export class AlertError extends Error {
  override readonly name = 'AlertError'
}

const privateError = (): AlertError =>
  new AlertError('ALERT_WEBHOOK_URL is at a private address; ALLOW_PRIVATE_UPSTREAMS=true permits that')
