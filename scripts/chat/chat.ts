import type OpenAI from 'openai'
import { type ChatMessage, findFirstModel, type StreamedReply, streamReply } from './chat-client.ts'
import { describeFailure } from './chat-failure.ts'
import type { ChatMessages } from './messages.ts'
import { type ChatOutput, createReplyPrinter, formatCost } from './print-reply.ts'

/** A conversation with a gateway. */
export interface ChatOptions {
  readonly client: OpenAI
  /** The gateway, as messages name it. */
  readonly url: string
  /** Default: the first of the gateway's list. */
  readonly model: string | undefined
  readonly system: string | undefined
  readonly messages: ChatMessages
  readonly output: ChatOutput
  /** Prints an error. */
  readonly printError: (text: string) => void
}

/** Sends one text and prints the reply. Resolves with whether it succeeded. */
export const chatOnce = async (options: ChatOptions, text: string): Promise<boolean> => {
  const model = await chooseModel(options)
  return (
    model !== undefined && (await say(options, model, [...startConversation(options), toMessage(text)])) !== undefined
  )
}

/** Sends one text after another, each with the conversation so far, until `next` resolves with an empty one. A text whose call failed
 *  leaves the conversation. Resolves with whether there was a model to talk to. */
export const chatOn = async (options: ChatOptions, next: () => Promise<string>): Promise<boolean> => {
  const model = await chooseModel(options)
  if (model === undefined) return false
  options.output.write(`${options.messages.interactive(model, options.url)}\n`)
  let conversation = startConversation(options)
  for (let text = await next(); text !== ''; text = await next()) {
    const asked = [...conversation, toMessage(text)]
    const reply = await say(options, model, asked)
    if (reply) conversation = [...asked, { role: 'assistant', content: reply.text }]
  }
  return true
}

const startConversation = ({ system }: ChatOptions): ChatMessage[] =>
  system ? [{ role: 'system', content: system }] : []

const toMessage = (content: string): ChatMessage => ({ role: 'user', content })

const chooseModel = async ({ client, url, model, messages, printError }: ChatOptions): Promise<string | undefined> => {
  if (model) return model
  try {
    const first = await findFirstModel(client)
    if (first === undefined) printError(messages.noModels(url))
    return first
  } catch (error) {
    printError(describeFailure(error, url, messages))
    return undefined
  }
}

/** Prints the reply to a conversation. Returns undefined if the call failed, which is printed too. */
const say = async (
  { client, url, messages, output, printError }: ChatOptions,
  model: string,
  conversation: ChatMessage[],
): Promise<StreamedReply | undefined> => {
  let isAtLineStart = true
  const listener = createReplyPrinter(
    {
      ...output,
      write: (text) => {
        isAtLineStart = text.endsWith('\n')
        output.write(text)
      },
    },
    messages,
  )
  try {
    const reply = await streamReply(client, { model, messages: conversation }, listener)
    output.write(`${isAtLineStart ? '' : '\n'}${formatCost(reply.cost, messages)}\n`)
    return reply
  } catch (error) {
    if (!isAtLineStart) output.write('\n')
    printError(describeFailure(error, url, messages))
    return undefined
  }
}
