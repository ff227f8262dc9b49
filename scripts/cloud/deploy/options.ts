import { parseArguments } from '../../command-line/parse-arguments.ts'
import { UsageError } from '../../command-line/usage-error.ts'
import type { Language } from '../../language.ts'
import { cloudMessages } from '../messages.ts'
import type { StepOptions } from './steps/steps.ts'

/** The options of `npm run deploy`. */
export interface DeployOptions extends StepOptions {
  /** Skip all questions. */
  readonly yes: boolean
  /** Show the plan and stop. */
  readonly dryRun: boolean
  /** Whether to build before the deployment. */
  readonly build: boolean
  readonly help: boolean
}

const options = {
  yes: { type: 'boolean', short: 'y', default: false },
  'dry-run': { type: 'boolean', default: false },
  'no-build': { type: 'boolean', default: false },
  'replace-routes': { type: 'boolean', default: false },
  'replace-functions': { type: 'boolean', default: false },
  web: { type: 'boolean', default: false },
  'web-path': { type: 'string', default: 'llm-chat' },
  patience: { type: 'string', default: '300' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** Parses the command line. @throws UsageError on arguments that make no sense */
export const parseDeployOptions = (args: readonly string[], language: Language = 'en'): DeployOptions => {
  const { deployHelp: help, noPatience, noWebPath } = cloudMessages[language]
  const { values } = parseArguments(args, { options, help })
  const patienceSeconds = Number(values.patience)
  if (!(patienceSeconds > 0)) throw new UsageError(noPatience, help)
  return {
    yes: values.yes,
    dryRun: values['dry-run'],
    build: !values['no-build'],
    replaceRoutes: values['replace-routes'],
    replaceFunctions: values['replace-functions'],
    webPath: values.web ? parseWebPath(values['web-path'], noWebPath, help) : undefined,
    patienceMs: patienceSeconds * 1000,
    help: values.help,
  }
}

/** A folder that is a path of a URL as it stands. */
const parseWebPath = (path: string, problem: string, help: string): string => {
  const folder = path.replace(/^\/+|\/+$/g, '')
  if (/^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/.test(folder)) return folder
  throw new UsageError(problem, help)
}
