/** A deployment that cannot go on. The message is for the person who runs it; `advice` says what to do, if the message
 *  does not. */
export class DeploymentError extends Error {
  override readonly name = 'DeploymentError'
  readonly advice: string

  constructor(message: string, { advice = '', ...options }: ErrorOptions & { readonly advice?: string } = {}) {
    super(message, options)
    this.advice = advice
  }
}
