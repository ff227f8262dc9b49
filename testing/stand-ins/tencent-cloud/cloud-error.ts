/** An error as Tencent Cloud's API answers it. */
export class CloudError extends Error {
  override readonly name = 'CloudError'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}
