import CloudBase from '@cloudbase/manager-node'
import { DeploymentError } from './deployment-error.ts'
import { patiently } from './retry.ts'
import type { Variables } from './variables.ts'

/** An environment of the user's, through `@cloudbase/manager-node` 5.6.5. */
export interface Cloud {
  readonly envId: string
  readonly region: string
  readonly app: CloudBase
}

/** The variables that name the environment and the key pair. They are CloudBase's own names, so the CLI reads them as well. */
export const accessVariables = ['CLOUDBASE_ENV_ID', 'TENCENTCLOUD_SECRETID', 'TENCENTCLOUD_SECRETKEY'] as const

/** A connection to the environment that the variables name. Nothing is sent yet. */
export const connect = (variables: Variables): Cloud => {
  const [envId, secretId, secretKey] = accessVariables.map((name) => {
    const value = variables[name]
    if (!value) throw new DeploymentError(`${name} is not set. Put it into .env.`)
    return value
  }) as [string, string, string]
  const region = variables['CLOUDBASE_REGION'] ?? 'ap-shanghai'
  const token = variables['TENCENTCLOUD_SESSIONTOKEN']
  return { envId, region, app: new CloudBase({ envId, secretId, secretKey, region, ...(token && { token }) }) }
}

/** Fails unless the key pair is right and the environment is there and in use. */
export const checkEnvironment = async ({ app, envId, region }: Cloud): Promise<void> => {
  const { EnvInfo: environment } = (await patiently(() => app.env.getEnvInfo())) as Partial<EnvironmentInfo>
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
