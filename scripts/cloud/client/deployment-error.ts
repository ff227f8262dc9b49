/** What a command on the cloud stops for: a message for the person who runs it, with what to do about it. */
export class DeploymentError extends Error {
  override readonly name = 'DeploymentError'
}
