import { emptyCloud } from '../../testing/stand-ins/tencent-cloud/cloud-state.ts'
import { startTencentCloud, type TencentCloud } from '../../testing/stand-ins/tencent-cloud/tencent-cloud.ts'
import { type Finished, type Project, project, quickWaits, type Watch } from './project.ts'

/** A cloud, a project to deploy to it, and variables that open it. */
export interface DeploymentRig {
  readonly cloud: TencentCloud
  readonly gateway: Project
  /** The default `.env` of a run. */
  readonly variables: Record<string, string>
  /** The output of all commands, one after another. */
  readonly printed: () => string
  /** Runs `npm run <command>` with these variables in `.env`, and with quick waits unless the environment has other
   *  `NODE_OPTIONS`. Throws if the output holds a secret. */
  readonly run: (
    command: string,
    args: readonly string[],
    variables?: Readonly<Record<string, string>>,
    environment?: Readonly<Record<string, string>>,
  ) => Promise<Finished>
  /** Called with the output of each run so far; undefined to watch none. */
  watch: Watch | undefined
  /** `npm run deploy -- --yes`, of what is built, with little patience. */
  readonly deploy: (args?: readonly string[], variables?: Record<string, string>) => Promise<Finished>
  /** The names of the actions that changed the cloud. */
  readonly writes: () => string[]
  /** Resets the faults and the busy states that a test has set. */
  readonly calm: () => void
  readonly close: () => Promise<void>
}

const secretName = /KEY|TOKEN|SECRET|DSN|PASSWORD/

/** Values that must never be printed. */
export const listSecrets = (variables: Readonly<Record<string, string>>): string[] =>
  Object.entries(variables)
    .filter(([name]) => secretName.test(name))
    .map(([, value]) => value)

/** Starts the cloud and lays out the project. */
export const deploymentRig = async (more: Readonly<Record<string, string>> = {}): Promise<DeploymentRig> => {
  const cloud = await startTencentCloud()
  const gateway = project(cloud)
  const outputs: string[] = []
  const { envId, secretId, secretKey } = emptyCloud()
  const variables: Record<string, string> = {
    CLOUDBASE_ENV_ID: envId,
    TENCENTCLOUD_SECRETID: secretId,
    TENCENTCLOUD_SECRETKEY: secretKey,
    GATEWAY_ADMIN_KEY: 'an-admin-key-of-some-length',
    GLM_API_KEY: 'glm-key-of-the-provider',
    CORS_ALLOW_ALL: 'true',
    ...more,
  }
  const run: DeploymentRig['run'] = async (command, args, own = variables, environment = {}) => {
    gateway.configure(own)
    const result = await gateway.run(command, args, { ...quickWaits, ...environment }, (output, signal) =>
      rig.watch?.(output, signal),
    )
    outputs.push(result.output)
    const leaked = listSecrets(own).filter((secret) => result.output.includes(secret))
    if (leaked.length > 0) throw new Error(`npm run ${command} printed a secret of ${leaked[0]?.length} characters`)
    return result
  }
  const rig: DeploymentRig = {
    cloud,
    gateway,
    variables,
    run,
    watch: undefined,
    printed: () => outputs.join('\n'),
    deploy: (args = [], own = variables) => run('deploy', ['--yes', '--no-build', '--patience', '20', ...args], own),
    writes: () =>
      cloud.state.calls.map(({ action }) => action).filter((name) => !/^(Describe|Get|List|Search)/.test(name)),
    calm: () => {
      cloud.state.faults.length = 0
      cloud.state.calls.length = 0
      cloud.state.processing = 0
      cloud.state.busy.clear()
    },
    close: async () => {
      gateway.remove()
      await cloud.close()
    },
  }
  return rig
}
