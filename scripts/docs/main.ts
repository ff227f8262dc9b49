import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArguments } from '../cloud/prompt/arguments.ts'
import { runCommand } from '../cloud/prompt/run-command.ts'
import { readText } from '../variables/read-text.ts'
import { withVariables } from './cloudbaserc.ts'
import { envExample } from './env-example.ts'
import { withConfiguration } from './readme.ts'

const help = `npm run docs

Copies the variables' docblocks into both READMEs and .env.example, and their names, with the key variables of model_map.json,
into cloudbaserc.json.`

const options = { help: { type: 'boolean', short: 'h', default: false } } as const

/** The texts of the files that are written, each made before the first is. */
const texts = (folder: string): Readonly<Record<string, string>> => {
  const read = (name: string): string => readText(join(folder, name))
  return {
    'README.md': withConfiguration(read('README.md'), 'english'),
    'README.zh-CN.md': withConfiguration(read('README.zh-CN.md'), 'chinese'),
    '.env.example': envExample(),
    'cloudbaserc.json': withVariables(read('cloudbaserc.json')),
  }
}

/** Brings what is written about the variables up to date: `npm run docs`. */
await runCommand(
  {
    help,
    parse: (args) => parseArguments(args, { options, help }).values,
    asks: () => false,
    run: async (_options, { folder }) => {
      for (const [name, text] of Object.entries(texts(folder))) writeFileSync(join(folder, name), text)
      return true
    },
  },
  process.argv.slice(2),
)
