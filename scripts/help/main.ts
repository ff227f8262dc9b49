import { parseArguments } from '../command-line/parse-arguments.ts'
import { runTool } from '../command-line/run-tool.ts'
import { getLanguage } from '../language.ts'
import { readVariables } from '../variables/read-variables.ts'
import { formatHelp } from './format-help.ts'

/** Lists the commands: `npm run help`. */
await runTool((args) => {
  parseArguments(args, { options: { help: { type: 'boolean', short: 'h' } }, help: 'npm run help' })
  console.log(formatHelp(getLanguage(readVariables(process.cwd(), process.env))))
  return 0
})
