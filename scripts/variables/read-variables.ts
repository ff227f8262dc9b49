import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { readText } from './read-text.ts'

/** Values by name: the shell's variables over those of `.env.local` over those of `.env`. Blank counts as unset. */
export type Variables = Readonly<Record<string, string | undefined>>

/** Reads the variables that a command in a folder goes by, from the same files as the CloudBase CLI. */
export const readVariables = (folder: string, environment: Variables): Variables => {
  const layers = [fileVariables(join(folder, '.env')), fileVariables(join(folder, '.env.local')), environment]
  return Object.fromEntries(
    layers.flatMap((layer) => Object.entries(layer).filter(([, value]) => value !== undefined && value.trim() !== '')),
  )
}

const fileVariables = (file: string): Variables => {
  try {
    return parseEnv(readText(file)) as Variables
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
}
