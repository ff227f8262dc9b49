/** Why the console does not do what its page asks for. Its code has a text in the page, in both languages. */
export class ConsoleError extends Error {
  override readonly name = 'ConsoleError'
  readonly status: number
  readonly code: 'no_wallets' | 'no_keys' | 'no_store' | 'wrong_word' | 'changed_meanwhile' | 'not_possible'

  constructor(status: number, code: ConsoleError['code'], message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}
