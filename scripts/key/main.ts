import { randomBytes } from 'node:crypto'
import { DeploymentError } from '../cloud/client/deployment-error.ts'
import { runCommand } from '../cloud/prompt/run-command.ts'
import { parseArguments } from '../command-line/parse-arguments.ts'
import { readLanguage } from '../command-line/read-language.ts'
import { writeVariable } from '../variables/write-variable.ts'
import { keyMessages } from './messages.ts'

const language = readLanguage()
const messages = keyMessages[language]
const { help } = messages

const options = {
  write: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** 192 bits: no key of this length can be guessed. */
const createAdminKey = () => ({ name: 'GATEWAY_ADMIN_KEY', value: randomBytes(24).toString('hex') })

/** Makes an admin key: `npm run key`. */
await runCommand(
  {
    help,
    parse: (args) => parseArguments(args, { options, help }).values,
    asks: () => false,
    run: async ({ write }, { folder, print }) => {
      const variable = createAdminKey()
      if (!write) {
        print(`${variable.name}=${variable.value}\n\n${messages.advice}`)
        return true
      }
      const holder = writeVariable(folder, variable, language)
      if (holder !== undefined) throw new DeploymentError(messages.alreadySet(holder))
      print(messages.written)
      return true
    },
  },
  process.argv.slice(2),
)
