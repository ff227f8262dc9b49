/** How long a connection may keep the server waiting, in milliseconds. */
export interface ServerLimits {
  /** For the whole head of a request, from its first byte or, without one, from the start of the connection. */
  readonly headersTimeout: number
  /** For a whole request, head and body: six megabytes at 0.8 Mbit/s. */
  readonly requestTimeout: number
  /** Between two requests. Longer than the pools of clients and proxies keep a connection, so that they close it
   *  first. */
  readonly keepAliveTimeout: number
  /** How often Node enforces the two limits on requests. */
  readonly connectionsCheckingInterval: number
  /** For the rest of a request whose reply needs no more of it: 3 MB at 0.8 Mbit/s. */
  readonly unreadBodyTimeout: number
  /** For a client that reads nothing of a finished reply. */
  readonly unreadReplyTimeout: number
}

/** The limits of the deployed functions. */
export const serverLimits: ServerLimits = {
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 2_000,
  unreadBodyTimeout: 30_000,
  unreadReplyTimeout: 60_000,
}

/** The most bytes of a request's line and headers together, and of its trailers. */
export const maxHeaderBytes = 16_384

/** The most headers of a request. The platform and a browser together send about fifty. */
export const maxHeaders = 100

/** The most bytes of a body that are discarded so that a client can read its reply. */
export const maxDiscardedBytes = 33_554_432
