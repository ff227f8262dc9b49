import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readLanguage } from '../../command-line/read-language.ts'
import { cloudMessages } from '../messages.ts'
import { confirm } from '../prompt/ask.ts'
import { runCommand } from '../prompt/run-command.ts'
import { deploy } from './deploy.ts'
import { type DeployOptions, parseDeployOptions } from './options.ts'

const language = readLanguage()
const messages = cloudMessages[language]

/** Deploys the gateway in the current folder to the CloudBase environment that its `.env` names: `npm run deploy`. */
await runCommand<DeployOptions>(
  {
    help: messages.deployHelp,
    parse: (args) => parseDeployOptions(args, language),
    asks: ({ yes }) => !yes,
    run: (options, context) => {
      const manifest = readFileSync(join(context.folder, 'package.json'), 'utf8')
      const { version } = JSON.parse(manifest) as { version: string }
      return deploy({ ...context, version, options, build: () => build(context.folder), confirm })
    },
  },
  process.argv.slice(2),
)

function build(folder: string): void {
  console.log(`\n${messages.build}`)
  const shell = process.platform === 'win32'
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: folder, stdio: 'inherit', shell })
}
