import type { JsonObject } from '../../../shared/runtime/json.ts'

/** A request of the page. */
export interface ApiRequest {
  readonly query: URLSearchParams
  /** The body; empty if there is none. */
  readonly body: JsonObject
}

/** A reply to the page: a JSON value, or the text of a CSV file. */
export interface ApiReply {
  readonly status: number
  readonly body?: unknown
  readonly text?: string
}

/** The API by method and path below `api/`, such as `GET models`. Anything thrown becomes an error reply. */
export type Api = Readonly<Record<string, (request: ApiRequest) => Promise<ApiReply>>>

/** Creates the handler of a value. */
export const reads =
  (read: (request: ApiRequest) => Promise<unknown>) =>
  async (request: ApiRequest): Promise<ApiReply> => ({ status: 200, body: await read(request) })
