import { parseArguments } from '../../command-line/parse-arguments.ts'
import { UsageError } from '../../command-line/usage-error.ts'
import { runCommand } from '../prompt/run-command.ts'
import { runSmoke } from './smoke.ts'

const help = `npm run smoke -- URL [options]

  URL            base URL of a gateway, such as https://env-1250000000.ap-shanghai.app.tcloudbase.com
  --model NAME   model to call (default: the first of the list)

Uses the access token in GATEWAY_TOKEN, or else GATEWAY_ADMIN_KEY. Costs a few tokens.`

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
      if (!url) throw new UsageError('The URL of the gateway is missing.', help)
      if (!/^https?:\/\/./i.test(url) || !URL.canParse(url))
        throw new UsageError(
          `'${url}' is not the URL of a gateway. It must begin with https://, or with http:// for a local one.`,
          help,
        )
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
