import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from '../cloud/prompt/run-command.ts'
import { parseArguments } from '../command-line/parse-arguments.ts'
import { generateFiles } from './generated-files.ts'

const help = `npm run docs

Updates the generated parts of docs/: the variables (docs/configuration*.md), the promises and their tests (docs/reliability*.md),
and, after npm run build, the built files (docs/architecture.md). Writes .env.example and .env.zh-CN.example, and adds variables to cloudbaserc.json.`

const options = { help: { type: 'boolean', short: 'h', default: false } } as const

await runCommand(
  {
    help,
    parse: (args) => parseArguments(args, { options, help }).values,
    asks: () => false,
    run: async (_options, { folder }) => {
      for (const [name, text] of Object.entries(generateFiles(folder))) writeFileSync(join(folder, name), text)
      return true
    },
  },
  process.argv.slice(2),
)
