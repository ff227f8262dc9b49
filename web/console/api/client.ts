/** What the console or the network says about a request that failed. */
export interface Failure {
  /** The HTTP status. 0: there was no reply. */
  readonly status: number
  /** The code of the console or the gateway, or `unreachable`. */
  readonly code: string
  /** Its own words, in English. */
  readonly message: string
  /** The field that is wrong. */
  readonly param?: string | undefined
}

/** A request that failed. */
export class RequestFailure extends Error {
  readonly failure: Failure

  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }
}

const tokenName = 'console.token'

/** Takes the token out of the page's URL, so that no copy of the URL carries it, and keeps it until the tab is closed. */
export const takeToken = (): void => {
  const token = /^#token=([\w-]+)$/.exec(location.hash)?.[1]
  if (token === undefined) return
  sessionStorage.setItem(tokenName, token)
  history.replaceState(null, '', `${location.pathname}${location.search}#/overview`)
}

const send = async (path: string, init: RequestInit = {}): Promise<Response> => {
  const headers = { 'x-console-token': sessionStorage.getItem(tokenName) ?? '', ...init.headers }
  const response = await fetch(`./api/${path}`, { ...init, headers }).catch((error: unknown) => {
    throw new RequestFailure({ status: 0, code: 'unreachable', message: String(error) })
  })
  if (response.ok) return response
  throw new RequestFailure(await readFailure(response))
}

const readFailure = async (response: Response): Promise<Failure> => {
  const body = (await response.json().catch(() => undefined)) as { readonly error?: Partial<Failure> } | undefined
  const { code = '', message = `HTTP ${response.status}`, param } = body?.error ?? {}
  return { status: response.status, code, message, param: param ?? undefined }
}

/** Reads a view of the console.
 *  @param path below `api/`, such as `models`
 *  @throws RequestFailure */
export const read = async <View>(path: string): Promise<View> => (await (await send(path)).json()) as View

/** Reads a file of the console, byte by byte: as a text it would lose its byte order mark.
 *  @throws RequestFailure */
export const readFile = async (path: string): Promise<Blob> => (await send(path)).blob()

/** Sends a request with a body.
 *  @throws RequestFailure */
export const post = async <View>(path: string, body: object): Promise<View> => {
  const headers = { 'content-type': 'application/json' }
  return (await (await send(path, { method: 'POST', headers, body: JSON.stringify(body) })).json()) as View
}

/** Returns the failure of something thrown. */
export const toFailure = (thrown: unknown): Failure =>
  thrown instanceof RequestFailure ? thrown.failure : { status: 0, code: 'internal', message: String(thrown) }
