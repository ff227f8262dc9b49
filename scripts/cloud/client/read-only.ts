import { toCloudFailure } from './cloud-failure.ts'
import { DeploymentError } from './deployment-error.ts'

/** Runs a function that only reads from the cloud.
 *  @throws DeploymentError on any failure; its message adds that nothing has been changed */
export const readOnly = async <Result>(read: () => Promise<Result>): Promise<Result> => {
  try {
    return await read()
  } catch (error) {
    const { reason, advice } = toCloudFailure(error)
    const lines = [reason, advice, 'Nothing in the cloud has been changed. Fix this, then run the same command again.']
    throw new DeploymentError(lines.filter((line) => line !== '').join('\n  '))
  }
}
