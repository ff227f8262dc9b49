import { parseArguments } from '../../command-line/parse-arguments.ts'
import { readLanguage } from '../../command-line/read-language.ts'
import { checkEnvironment, connect } from '../client/connect.ts'
import { readOnly } from '../client/read-only.ts'
import { cloudMessages } from '../messages.ts'
import { confirm } from '../prompt/ask.ts'
import { runCommand } from '../prompt/run-command.ts'
import { runSteps } from '../prompt/run-steps.ts'
import { showPlan } from '../prompt/show-plan.ts'
import { readCloudbaserc } from '../settings/cloudbaserc.ts'
import { createUndeploymentSteps } from './steps.ts'

const messages = cloudMessages[readLanguage()]
const { undeployHelp: help } = messages

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
    run: async ({ yes, 'dry-run': dryRun }, { folder, variables, language, print }) => {
      const { steps, changes } = await readOnly(async () => {
        const cloud = await connect(variables)
        await checkEnvironment(cloud)
        const steps = createUndeploymentSteps(cloud, readCloudbaserc(folder, variables))
        return { steps, changes: await showPlan(steps, print, language) }
      })
      if (changes === 0) {
        print(`\n${messages.notHere}`)
        return true
      }
      print(`\n${messages.whatStays}`)
      if (dryRun) return true
      if (!yes && !(await confirm(`\n${messages.removeQuestion}`))) {
        print(messages.notRemoved)
        return false
      }
      return runSteps(steps, print, language)
    },
  },
  process.argv.slice(2),
)
