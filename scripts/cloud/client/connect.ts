import type CloudBase from '@cloudbase/manager-node'
import { readEnvironment } from '../../../shared/gateway/config/variables/environment.ts'
import { getLanguage } from '../../language.ts'
import type { Variables } from '../../variables/read-variables.ts'
import { cloudMessages } from '../messages.ts'
import { DeploymentError } from './deployment-error.ts'
import { retry } from './retry.ts'

/** The CloudBase environment of the user, through `@cloudbase/manager-node` 5.6.5. */
export interface Cloud {
  readonly envId: string
  readonly region: string
  readonly app: CloudBase
}

/** The variables for the environment id and the key pair. The names are CloudBase's own, so the CLI reads them too. */
export const accessVariables = [
  { name: 'CLOUDBASE_ENV_ID', isSecret: false },
  { name: 'TENCENTCLOUD_SECRETID', isSecret: true },
  { name: 'TENCENTCLOUD_SECRETKEY', isSecret: true },
] as const

/** Connects to the environment that the variables name. Sends nothing yet. Loads manager-node, which takes half a
 *  second, so that a command with a mistake in it replies at once. @throws DeploymentError if a variable is
 *  not set */
export const connect = async (variables: Variables): Promise<Cloud> => {
  const messages = cloudMessages[getLanguage(variables)]
  const [envId, secretId, secretKey] = accessVariables.map(({ name }) => {
    const value = variables[name]
    if (!value) throw new DeploymentError(messages.notSet(name, messages.credentialPlaces[name]))
    return value
  }) as [string, string, string]
  const { default: Manager } = await import('@cloudbase/manager-node')
  const region = readEnvironment(variables).values.CLOUDBASE_REGION
  const token = variables['TENCENTCLOUD_SESSIONTOKEN']
  return { envId, region, app: new Manager({ envId, secretId, secretKey, region, ...(token && { token }) }) }
}

/** Checks that the key pair works and that the environment exists and is in use.
 *  @throws DeploymentError otherwise */
export const checkEnvironment = async ({ app, envId, region }: Cloud): Promise<void> => {
  const { EnvInfo: environment } = (await retry(() => app.env.getEnvInfo())) as Partial<EnvironmentInfo>
  if (environment?.EnvId !== envId) {
    throw new DeploymentError(
      `This account has no environment '${envId}' in ${region}. Check CLOUDBASE_ENV_ID and CLOUDBASE_REGION.`,
    )
  }
  if (environment.Status !== 'NORMAL') {
    throw new DeploymentError(`The environment is ${environment.Status}. Restore it to NORMAL in the console first.`)
  }
}

type EnvironmentInfo = Awaited<ReturnType<CloudBase['env']['getEnvInfo']>>
