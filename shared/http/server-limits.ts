/** How long a connection may keep the server waiting, in milliseconds. */
export interface ServerLimits {
  /** For the whole head of a request, from its first byte or, where none comes, from the connection's start. */
  readonly headersTimeout: number
  /** For a whole request, head and body: six megabytes at 0.8 Mbit/s. */
  readonly requestTimeout: number
  /** Between two requests: longer than the pools of clients and proxies keep a connection, so that they close it first. */
  readonly keepAliveTimeout: number
  /** How often the two limits on requests are enforced. */
  readonly connectionsCheckingInterval: number
  /** For a client that takes nothing of a finished reply. */
  readonly unreadReplyTimeout: number
}

/** The limits of the deployed functions. */
export const serverLimits: ServerLimits = {
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 2_000,
  unreadReplyTimeout: 60_000,
}

/** Bytes that a request's line and headers may have together, and those of its trailers. */
export const maxHeaderBytes = 16_384

/** Headers that a request may have; the platform and a browser together send some fifty. */
export const maxHeaders = 100
