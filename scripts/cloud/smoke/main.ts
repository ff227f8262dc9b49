import { parseArguments } from '../../command-line/parse-arguments.ts'
import { readLanguage } from '../../command-line/read-language.ts'
import { UsageError } from '../../command-line/usage-error.ts'
import { cloudMessages } from '../messages.ts'
import { runCommand } from '../prompt/run-command.ts'
import { runSmoke } from './smoke.ts'

const messages = cloudMessages[readLanguage()]
const { smokeHelp: help } = messages

const options = {
  model: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

interface SmokeArguments {
  readonly url: string | undefined
  readonly model: string | undefined
  readonly help: boolean
}

/** Calls a deployed gateway with the official client: `npm run smoke -- URL`. */
await runCommand<SmokeArguments>(
  {
    help,
    parse: (args) => {
      const { values, positionals } = parseArguments(args, { options, help, positionals: 1 })
      return { url: positionals[0], model: values.model, help: values.help }
    },
    asks: () => false,
    run: async ({ url, model }, { variables, print }) => {
      if (!url) throw new UsageError(messages.noSmokeUrl, help)
      if (!/^https?:\/\/./i.test(url) || !URL.canParse(url)) throw new UsageError(messages.badSmokeUrl(url), help)
      const results = await runSmoke({
        url,
        model,
        token: variables['GATEWAY_TOKEN'],
        adminKey: variables['GATEWAY_ADMIN_KEY'],
      })
      for (const { name, ok, detail } of results) print(`${ok ? '✓' : '✗'} ${name}: ${detail}`)
      return results.every(({ ok }) => ok)
    },
  },
  process.argv.slice(2),
)
