import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { concealSystemPrompt } from '../../../shared/gateway/call/conceal-prompt.ts'
import { parseCall } from '../../../shared/protocol/call.ts'
import { GatewayError } from '../../../shared/protocol/errors.ts'
import { makeCallOptions, routeTo } from '../../support/call-provider.ts'

const body = Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }] }))

/** Returns the message that a client gets if its provider refuses a call with a message. */
const getMessage = async (message: string, systemPrompt: string): Promise<string> => {
  const call = { ...parseCall('chat/completions', body), systemPrompt }
  const refuse = concealSystemPrompt(() => Promise.reject(new GatewayError(400, 'upstream_rejected', message)))
  return refuse(routeTo('http://127.0.0.1'), call, makeCallOptions()).then(
    () => '',
    (thrown: unknown) => (thrown as Error).message,
  )
}

const words = fc.array(fc.constantFrom('soup', 'menu', '菜单', '翻译', 'and', '\n', 'é', '"', 'answer'), {
  minLength: 12,
  maxLength: 40,
})

test('no message holds twenty bytes of a system prompt in a row, wherever they stand (R76)', async () => {
  await fc.assert(
    fc.asyncProperty(words, fc.nat(100), fc.string(), fc.boolean(), async (parts, from, around, isEscaped) => {
      const prompt = parts.join(' ')
      const letters = [...prompt]
      const part = letters.slice(from % letters.length).join('')
      fc.pre(Buffer.byteLength(part.replace(/[\s"]/g, '')) >= 24)
      const quoted = isEscaped ? JSON.stringify(part) : part
      expect(await getMessage(`${around}${quoted}${around}`, prompt)).toBe('The provider refused the request.')
    }),
    { numRuns: 300 },
  )
})

test('messages that share less with the system prompt stay as they are', async () => {
  const prompt = 'Translate the menu of the day. Answer in one sentence.'
  for (const message of ['The model is busy.', "Invalid value for 'temperature'.", 'in one word: no', ''])
    expect(await getMessage(message, prompt)).toBe(message)
})
