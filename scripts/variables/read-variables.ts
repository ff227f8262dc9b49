import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { readText } from './read-text.ts'

/** Values by name. A blank value counts as unset. */
export type Variables = Readonly<Record<string, string | undefined>>

/** The files that the CloudBase CLI reads as well; a later one wins. */
const fileNames = ['.env', '.env.local'] as const

/** Reads the variables of a command that runs in `folder`: the shell's over those of `.env.local` over those of `.env`. */
export const readVariables = (folder: string, environment: Variables): Variables => {
  const layers = [...findVariableFiles(folder).map((name) => parseEnv(readText(join(folder, name)))), environment]
  return Object.fromEntries(layers.flatMap((layer) => Object.entries(layer).filter(([, value]) => isSet(value))))
}

/** The names of the files from which {@link readVariables} reads in `folder`. */
export const findVariableFiles = (folder: string): string[] =>
  fileNames.filter((name) => existsSync(join(folder, name)))

/** Whether a variable has a value that is not blank. */
export const isSet = (value: string | undefined): boolean => value !== undefined && value.trim() !== ''
