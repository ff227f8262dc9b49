import { toCloudFailure } from './cloud-failure.ts'
import { DeploymentError } from './deployment-error.ts'

/** Does what changes nothing in the cloud. @throws DeploymentError, which says so, when it fails */
export const readOnly = async <Result>(read: () => Promise<Result>): Promise<Result> => {
  try {
    return await read()
  } catch (error) {
    const { reason, advice } = toCloudFailure(error)
    const lines = [
      reason,
      advice,
      'Nothing in the cloud has been changed. Correct this, then run the same command again.',
    ]
    throw new DeploymentError(lines.filter((line) => line !== '').join('\n  '))
  }
}
