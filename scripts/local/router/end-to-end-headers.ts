import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'

const HOP_BY_HOP = new Set([
  'connection',
  // Handled on this hop: node:http sends the 100 itself.
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Returns the headers of a message that a proxy forwards: all but the hop-by-hop ones and those that `Connection`
 *  names (RFC 9110, section 7.6.1). Repeated headers stay repeated. */
export const getEndToEndHeaders = (message: IncomingMessage): OutgoingHttpHeaders => {
  const named = (message.headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase())
  const dropped = new Set([...HOP_BY_HOP, ...named])
  const headers: OutgoingHttpHeaders = {}
  for (const [name, values] of Object.entries(message.headersDistinct)) {
    // node:http expects a single value, such as that of Host, as a string.
    if (values && !dropped.has(name)) headers[name] = values.length === 1 ? values[0] : values
  }
  return headers
}
