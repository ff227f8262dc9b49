/** An error in OpenAI's format: an HTTP status, a stable `code`, and the name of the invalid parameter, if there is
 *  one. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError'
  readonly status: number
  readonly code: string
  readonly param: string | null

  constructor(status: number, code: string, message: string, param: string | null = null) {
    super(message)
    this.status = status
    this.code = code
    this.param = param
  }

  /** The body of the reply (OpenAI API reference, "Error codes"). */
  toBody(): object {
    const type = this.status >= 500 ? 'server_error' : 'invalid_request_error'
    return { error: { message: this.message, type, param: this.param, code: this.code } }
  }
}
