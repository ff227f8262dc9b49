import type { Call } from '../../protocol/call.ts'
import type { JsonObject } from '../../runtime/json.ts'
import { requireStateless, toChatBody } from './chat-body.ts'
import { invalidItemError, listItems } from './content.ts'
import { type LeaveOut, toMessages } from './items.ts'
import { nativeResponses } from './native.ts'
import { createReply } from './reply.ts'
import { createSeal, type SealOwner } from './seal.ts'
import { readTools } from './tools.ts'

/** Turns a call of OpenAI's Responses API into the chat that a provider gets (openai-node 6.49, `ResponseCreateParams`).
 *  @param secret of which the seal of thoughts follows; undefined: thoughts are not sealed
 *  @throws invalid_value, missing_required_parameter, unsupported_parameter (400, with `param`) */
export const prepareResponses = (call: Call, userId: SealOwner['userId'], secret: string | undefined): Call => {
  const { body, model } = call
  requireStateless(body)
  const items = listItems(call)
  const { instructions, include } = body
  if (typeof (instructions ?? '') !== 'string') throw invalidItemError('instructions', "'instructions' must be a text.")
  const seal = secret === undefined ? undefined : createSeal(secret, { model, userId })
  const leftOut: unknown[] = []
  const leaveOut: LeaveOut = (type) => leftOut.push(type)
  const tools = readTools(body, items, leaveOut)
  const messages = toMessages(instructions, items, { openSealed: seal?.open ?? (() => undefined), leaveOut })
  const wantsSealed = Array.isArray(include) && include.includes('reasoning.encrypted_content')
  const reply = createReply({ request: body, model, views: tools.views, seal: wantsSealed ? seal?.seal : undefined })
  const chat: JsonObject = toChatBody(body, messages, tools)
  const original = { body, source: call.source, headers: {} }
  return {
    ...call,
    operation: 'chat/completions',
    endpoint: 'responses',
    body: chat,
    source: undefined,
    original,
    reply,
    leftOut: nameTypes(leftOut),
  }
}

/** The most types that are named in the log. */
const maxTypes = 20

/** Names types for the log. A client decides what they are, so only plain names are repeated. */
const nameTypes = (types: readonly unknown[]): string | undefined => {
  const names = types.map((type) => (typeof type === 'string' && /^[\w.-]{1,64}$/.test(type) ? type : 'unknown'))
  return names.length === 0 ? undefined : [...new Set(names)].slice(0, maxTypes).join(',')
}

/** OpenAI's Responses API. */
export const responses = { prepare: prepareResponses, native: nativeResponses }
