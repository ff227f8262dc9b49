/** An error of Tencent Cloud's API. */
export class CloudError extends Error {
  override readonly name = 'CloudError'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}
