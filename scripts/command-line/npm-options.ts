import { getLanguage, type InEachLanguage } from '../language.ts'
import type { Variables } from '../variables/read-variables.ts'

const messages: InEachLanguage<(option: string, command: string) => string> = {
  en: (option, command) =>
    `npm took --${option} for itself. Write npm run ${command} -- --${option}; in PowerShell with quotes: npm run ${command} '--' --${option}.`,
  zh: (option, command) =>
    `--${option} 被 npm 自己读走了。请写成 npm run ${command} -- --${option}；在 PowerShell 中须加引号：npm run ${command} '--' --${option}。`,
}

/** Options of a command, as Node's `parseArgs` takes them. */
type Options = Readonly<Record<string, { readonly type: 'boolean' | 'string' }>>

/** The arguments of a command, or what is wrong with how they were passed. */
type RecoveredArguments = { readonly args: readonly string[] } | { readonly problem: string }

/** Adds the options that npm kept for itself, because no `--` was before them: PowerShell removes a `--` without quotes (npm 10 for
 *  Windows is a PowerShell script). npm then sets `npm_config_<option>`. A dry run must not become a real one by that. An option whose
 *  value npm separated from it is a problem, and so is `--yes`, which people also set for npm. */
export const recoverOptions = (
  args: readonly string[],
  options: Options,
  environment: Variables,
): RecoveredArguments => {
  const recovered: string[] = []
  for (const [name, { type }] of Object.entries(options)) {
    const value = environment[`npm_config_${name.replaceAll('-', '_')}`]
    if (!value || args.some((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`))) continue
    const option = name === 'yes' ? undefined : toArgument(name, type, value)
    if (!option) return { problem: messages[getLanguage(environment)](name, environment['npm_lifecycle_event'] ?? '…') }
    recovered.push(option)
  }
  return { args: [...recovered, ...args] }
}

/** npm gives an option the value `true` if none follows it after `=`. */
const toArgument = (name: string, type: 'boolean' | 'string', value: string): string | undefined => {
  if (type === 'boolean') return value === 'true' ? `--${name}` : undefined
  return value === 'true' ? undefined : `--${name}=${value}`
}
