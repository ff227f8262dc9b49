import { parseArguments } from '../command-line/parse-arguments.ts'
import { readLanguage } from '../command-line/read-language.ts'
import { runTool } from '../command-line/run-tool.ts'
import { formatHelp } from './format-help.ts'

/** Lists the commands: `npm run help`. */
await runTool((args) => {
  parseArguments(args, { options: { help: { type: 'boolean', short: 'h' } }, help: 'npm run help' })
  console.log(formatHelp(readLanguage()))
  return 0
})
