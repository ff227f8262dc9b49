import { text as readAll } from 'node:stream/consumers'
import { ask } from '../cloud/prompt/ask.ts'
import { Interruption } from '../cloud/prompt/on-interrupt.ts'
import { runCommand } from '../cloud/prompt/run-command.ts'
import { parseArguments } from '../command-line/parse-arguments.ts'
import { readLanguage } from '../command-line/read-language.ts'
import { UsageError } from '../command-line/usage-error.ts'
import { getLocalUrl } from '../local/client-url.ts'
import type { Variables } from '../variables/read-variables.ts'
import { type ChatOptions, chatOn, chatOnce } from './chat.ts'
import { createChatClient } from './chat-client.ts'
import { chatMessages } from './messages.ts'

const language = readLanguage()
const messages = chatMessages[language]

const options = {
  url: { type: 'string' },
  model: { type: 'string' },
  system: { type: 'string' },
  token: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

interface ChatArguments {
  readonly url: string | undefined
  readonly model: string | undefined
  readonly system: string | undefined
  readonly token: string | undefined
  readonly help: boolean
  /** The words beside the options, as one text. */
  readonly text: string
}

const parse = (args: readonly string[]): ChatArguments => {
  const { help } = messages
  const { values, positionals } = parseArguments(args, { options, help, positionals: Number.POSITIVE_INFINITY })
  const { url, model, system, token } = values
  if (url !== undefined && !(/^https?:\/\/./i.test(url) && URL.canParse(url)))
    throw new UsageError(messages.noUrl(url), help)
  return { url, model, system, token, help: values.help, text: positionals.join(' ').trim() }
}

const toChatOptions = (given: ChatArguments, variables: Variables): ChatOptions => {
  const url = given.url ?? getLocalUrl(variables, language)
  const token = given.token ?? variables['GATEWAY_TOKEN']
  return {
    client: createChatClient({ url, token, adminKey: variables['GATEWAY_ADMIN_KEY'] }),
    url,
    model: given.model,
    system: given.system,
    messages,
    output: {
      write: (text) => process.stdout.write(text),
      hasColors: process.stdout.isTTY && !process.env['NO_COLOR'],
    },
    printError: (text) => console.error(`✗ ${text}`),
  }
}

/** Ctrl-C and Ctrl-D end the conversation as an empty line does. */
const askNext = (): Promise<string> =>
  ask(messages.prompt).catch((error: unknown) => {
    if (error instanceof Interruption) return ''
    throw error
  })

/** Talks to a gateway: `npm run chat`. Without a text it takes one from a pipe, or else asks on the terminal. */
await runCommand<ChatArguments>(
  {
    help: messages.help,
    parse,
    asks: () => false,
    run: async (given, { variables }) => {
      const chat = toChatOptions(given, variables)
      if (given.text !== '') return chatOnce(chat, given.text)
      if (process.stdin.isTTY) return chatOn(chat, askNext)
      const piped = (await readAll(process.stdin)).trim()
      if (piped === '') throw new UsageError('', messages.help)
      return chatOnce(chat, piped)
    },
  },
  process.argv.slice(2),
)
