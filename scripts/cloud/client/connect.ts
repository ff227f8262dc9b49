import CloudBase from '@cloudbase/manager-node'
import { readEnvironment } from '../../../shared/gateway/config/environment.ts'
import type { Variables } from '../../variables/read-variables.ts'
import { DeploymentError } from './deployment-error.ts'
import { retry } from './retry.ts'

/** An environment of the user's, through `@cloudbase/manager-node` 5.6.5. */
export interface Cloud {
  readonly envId: string
  readonly region: string
  readonly app: CloudBase
}

/** The variables that name the environment and the key pair, and where to find them. They are CloudBase's own names, so the CLI
 *  reads them as well. */
export const accessVariables = [
  { name: 'CLOUDBASE_ENV_ID', where: 'console: Environments, such as shop-1a2b3c', isSecret: false },
  { name: 'TENCENTCLOUD_SECRETID', where: 'console: Access Management > API Keys', isSecret: true },
  { name: 'TENCENTCLOUD_SECRETKEY', where: 'console: Access Management > API Keys', isSecret: true },
] as const

/** A connection to the environment that the variables name. Nothing is sent yet. */
export const connect = (variables: Variables): Cloud => {
  const [envId, secretId, secretKey] = accessVariables.map(({ name, where }) => {
    const value = variables[name]
    if (!value) throw new DeploymentError(`${name} is not set. Put it into .env (${where}).`)
    return value
  }) as [string, string, string]
  const region = readEnvironment(variables).values.CLOUDBASE_REGION
  const token = variables['TENCENTCLOUD_SESSIONTOKEN']
  return { envId, region, app: new CloudBase({ envId, secretId, secretKey, region, ...(token && { token }) }) }
}

/** Fails unless the key pair is right and the environment is there and in use. */
export const checkEnvironment = async ({ app, envId, region }: Cloud): Promise<void> => {
  const { EnvInfo: environment } = (await retry(() => app.env.getEnvInfo())) as Partial<EnvironmentInfo>
  if (environment?.EnvId !== envId) {
    throw new DeploymentError(
      `There is no environment '${envId}' in ${region} in this account. Check CLOUDBASE_ENV_ID and CLOUDBASE_REGION.`,
    )
  }
  if (environment.Status !== 'NORMAL') {
    throw new DeploymentError(`The environment is ${environment.Status}. Bring it back to NORMAL in the console first.`)
  }
}

type EnvironmentInfo = Awaited<ReturnType<CloudBase['env']['getEnvInfo']>>
