import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Variables } from '../../variables/read-variables.ts'
import { accessVariables } from '../client/connect.ts'
import { ask } from './ask.ts'

/** Asks for what names and opens the environment, where it is not set, and keeps the answers in `.env`. */
export const askCredentials = async (
  folder: string,
  variables: Variables,
  question: (text: string, isSecret: boolean) => Promise<string> = (text, isSecret) => ask(text, { isSecret }),
): Promise<Variables> => {
  const answers: Record<string, string> = {}
  for (const { name, where, isSecret } of accessVariables.filter((candidate) => !variables[candidate.name])) {
    const answer = await question(`${name} (${where}): `, isSecret)
    if (answer !== '') answers[name] = answer
  }
  const lines = Object.entries(answers).map(([name, value]) => `${name}=${value}\n`)
  if (lines.length > 0) appendFileSync(join(folder, '.env'), `\n${lines.join('')}`, { mode: 0o600 })
  return { ...variables, ...answers }
}
