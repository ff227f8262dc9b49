import { parseArguments } from '../../command-line/parse-arguments.ts'
import { checkEnvironment, connect } from '../client/connect.ts'
import { readOnly } from '../client/read-only.ts'
import { confirm } from '../prompt/ask.ts'
import { runCommand } from '../prompt/run-command.ts'
import { runSteps } from '../prompt/run-steps.ts'
import { showPlan } from '../prompt/show-plan.ts'
import { readCloudbaserc } from '../settings/cloudbaserc.ts'
import { createUndeploymentSteps } from './steps.ts'

const help = `npm run undeploy -- [options]

  --yes      skip all questions
  --dry-run  show the plan and remove nothing`

const options = {
  yes: { type: 'boolean', short: 'y', default: false },
  'dry-run': { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

interface UndeployOptions {
  readonly yes: boolean
  readonly 'dry-run': boolean
  readonly help: boolean
}

/** Removes the gateway from the environment, after it has shown the plan: `npm run undeploy`. */
await runCommand<UndeployOptions>(
  {
    help,
    parse: (args) => parseArguments(args, { options, help }).values,
    asks: ({ yes }) => !yes,
    run: async ({ yes, 'dry-run': dryRun }, { folder, variables, print }) => {
      const { steps, changes } = await readOnly(async () => {
        const cloud = await connect(variables)
        await checkEnvironment(cloud)
        const steps = createUndeploymentSteps(cloud, readCloudbaserc(folder, variables))
        return { steps, changes: await showPlan(steps, print) }
      })
      if (changes === 0) {
        print('\nThe gateway is not deployed here.')
        return true
      }
      print('\nUsage records, tables and the HTTP access service stay.')
      if (dryRun) return true
      if (!yes && !(await confirm('\nRemove this?'))) {
        print('Nothing has been removed.')
        return false
      }
      return runSteps(steps, print)
    },
  },
  process.argv.slice(2),
)
