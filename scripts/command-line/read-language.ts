import { getLanguage, type Language } from '../language.ts'
import { readVariables } from '../variables/read-variables.ts'

/** Returns the language of a tool that runs in the current folder. The `.env` there may choose it. */
export const readLanguage = (): Language => getLanguage(readVariables(process.cwd(), process.env))
