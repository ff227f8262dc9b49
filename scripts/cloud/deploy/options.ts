import { DeploymentError } from '../client/deployment-error.ts'
import { parseArguments } from '../prompt/arguments.ts'
import type { StepOptions } from './steps/steps.ts'

/** How the deployment was asked for. */
export interface DeployOptions extends StepOptions {
  /** Ask nothing. */
  readonly yes: boolean
  /** Show the plan and stop. */
  readonly dryRun: boolean
  /** Deploy `dist/` as it is. */
  readonly build: boolean
  readonly help: boolean
}

/** What `--help` prints. */
export const deployHelp = `npm run deploy -- [options]

  --yes                ask nothing (for CI)
  --dry-run            show the plan and change nothing
  --no-build           deploy dist/ as it is
  --replace-routes     take over paths that lead to something else
  --replace-functions  take over functions of the same names that are not the gateway's
  --patience N         seconds to wait for a busy function, for routes to spread and for the first right answer (default 300)`

const options = {
  yes: { type: 'boolean', short: 'y', default: false },
  'dry-run': { type: 'boolean', default: false },
  'no-build': { type: 'boolean', default: false },
  'replace-routes': { type: 'boolean', default: false },
  'replace-functions': { type: 'boolean', default: false },
  patience: { type: 'string', default: '300' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** Parses the command line. @throws DeploymentError on an option that there is not */
export const parseDeployOptions = (args: readonly string[]): DeployOptions => {
  const { values } = parseArguments(args, { options, help: deployHelp })
  const patienceSeconds = Number(values.patience)
  if (!(patienceSeconds > 0)) throw new DeploymentError('--patience takes a number of seconds.')
  return {
    yes: values.yes,
    dryRun: values['dry-run'],
    build: !values['no-build'],
    replaceRoutes: values['replace-routes'],
    replaceFunctions: values['replace-functions'],
    patienceMs: patienceSeconds * 1000,
    help: values.help,
  }
}
