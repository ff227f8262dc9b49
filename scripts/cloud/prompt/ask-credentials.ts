import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { getLanguage } from '../../language.ts'
import type { Variables } from '../../variables/read-variables.ts'
import { accessVariables } from '../client/connect.ts'
import { cloudMessages } from '../messages.ts'
import { ask } from './ask.ts'

/** Asks for the environment id and the key pair if they are not set, and appends the replies to `.env`. Returns the
 *  variables with them. */
export const askCredentials = async (
  folder: string,
  variables: Variables,
  question: (text: string, isSecret: boolean) => Promise<string> = (text, isSecret) => ask(text, { isSecret }),
): Promise<Variables> => {
  const entered: Record<string, string> = {}
  const places = cloudMessages[getLanguage(variables)].credentialPlaces
  for (const { name, isSecret } of accessVariables.filter((candidate) => !variables[candidate.name])) {
    const reply = await question(`${name} (${places[name]}): `, isSecret)
    if (reply !== '') entered[name] = reply
  }
  const lines = Object.entries(entered).map(([name, value]) => `${name}=${value}\n`)
  if (lines.length > 0) appendFileSync(join(folder, '.env'), `\n${lines.join('')}`, { mode: 0o600 })
  return { ...variables, ...entered }
}
