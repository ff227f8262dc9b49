import { getLanguage, type InEachLanguage } from './language.ts'
import type { Variables } from './variables/read-variables.ts'

const messages: InEachLanguage<(option: string, command: string) => string> = {
  en: (option, command) =>
    `npm took --${option} for itself. Write npm run ${command} -- --${option}; in PowerShell with quotes: npm run ${command} '--' --${option}.`,
  zh: (option, command) =>
    `--${option} 被 npm 自己读走了。请写成 npm run ${command} -- --${option}；在 PowerShell 中须加引号：npm run ${command} '--' --${option}。`,
}

/** Returns what to do about an option of a command that did not reach it, because there was no `--` before it. PowerShell removes a
 *  `--` without quotes (npm 10 for Windows is a PowerShell script). npm sets `npm_config_<option>` then. A dry run must not become a
 *  real one by that. Returns undefined if npm took none of them. */
export const findLostOption = (
  args: readonly string[],
  names: readonly string[],
  environment: Variables,
): string | undefined => {
  const lost = names.find(
    (name) => environment[`npm_config_${name.replaceAll('-', '_')}`] && !args.some((arg) => isOption(arg, name)),
  )
  if (lost === undefined) return undefined
  return messages[getLanguage(environment)](lost, environment['npm_lifecycle_event'] ?? '…')
}

const isOption = (arg: string, name: string): boolean => arg === `--${name}` || arg.startsWith(`--${name}=`)
