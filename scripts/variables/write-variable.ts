import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import type { InEachLanguage, Language } from '../language.ts'
import { readText } from './read-text.ts'
import { findVariableFiles, isSet } from './read-variables.ts'

/** The files that `npm run docs` writes; a copy of one becomes `.env`. */
const examples: InEachLanguage<string> = { en: '.env.example', zh: '.env.zh-CN.example' }

/** A variable for `.env`. */
export interface NewVariable {
  readonly name: string
  readonly value: string
}

/** Writes a variable into `.env` of a folder, which only its owner can read if it is new. Without `.env`, it becomes a copy of the
 *  example in that language. Returns the file that sets the variable already, which then stays as it is; or else undefined. */
export const writeVariable = (folder: string, variable: NewVariable, language: Language): string | undefined => {
  const holder = findVariableFiles(folder).find((file) => isSet(parseEnv(readText(join(folder, file)))[variable.name]))
  if (holder !== undefined) return holder
  const path = join(folder, '.env')
  const source = [path, join(folder, examples[language])].find((file) => existsSync(file))
  writeFileSync(path, withVariable(source === undefined ? '' : readText(source), variable), { mode: 0o600 })
  return undefined
}

/** Returns the text of a `.env` file with a variable: in its line without a value if there is one, or else at the end. Line breaks
 *  stay as they are. */
export const withVariable = (text: string, { name, value }: NewVariable): string => {
  const blank = new RegExp(
    `^([ \\t]*(?:export[ \\t]+)?)${name}[ \\t]*=[ \\t]*(?:""|''|\`\`)?[ \\t]*(?:#.*)?(?=\\r?$)`,
    'm',
  )
  const line = `${name}=${value}`
  if (blank.test(text)) return text.replace(blank, (_, start: string) => `${start}${line}`)
  const lineBreak = text.includes('\r\n') ? '\r\n' : '\n'
  return `${text}${text === '' || text.endsWith('\n') ? '' : lineBreak}${line}${lineBreak}`
}
