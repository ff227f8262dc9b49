import { isSet, readVariables } from '../variables/read-variables.ts'
import { isToolVariable } from '../variables/tool-variables.ts'

/** The environment of the local gateway: the shell's variables over those of `.env.local` over those of `.env`. Variables of the
 *  deployment tools, such as the key pair, are left out of the files' share, because no function may get them. */
export const readEnvironment = (folder: string, shell: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
  const fromFiles = Object.entries(readVariables(folder, {})).filter(
    ([name]) => !isToolVariable(name) && !isSet(shell[name]),
  )
  return { ...shell, ...Object.fromEntries(fromFiles) }
}
