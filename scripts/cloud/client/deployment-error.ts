/** An expected error of a command: its message names the problem and the fix. */
export class DeploymentError extends Error {
  override readonly name = 'DeploymentError'
}
