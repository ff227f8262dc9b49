import { getLanguage } from '../language.ts'
import { readVariables } from '../variables/read-variables.ts'
import { formatHelp } from './format-help.ts'

/** Lists the commands: `npm run help`. */
console.log(formatHelp(getLanguage(readVariables(process.cwd(), process.env))))
