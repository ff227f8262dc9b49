import { createHmac } from 'node:crypto'
import { sha256Hex } from '../../runtime/sha256.ts'

/** A key pair of Tencent Cloud. */
export interface TencentKey {
  readonly secretId: string
  readonly secretKey: string
}

/** A call of a Tencent Cloud API. */
export interface Tc3Request {
  /** The service that is part of the signature, such as `tms`. */
  readonly service: string
  readonly host: string
  /** The JSON of the body. */
  readonly payload: string
  /** Unix time in seconds. */
  readonly timestamp: number
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

const contentType = 'application/json; charset=utf-8'

/** Creates the signed headers of a POST (Tencent Cloud API 3.0, "Signature method v3", TC3-HMAC-SHA256). The server refuses a
 *  timestamp that is five minutes off. */
export const signTc3 = ({ secretId, secretKey }: TencentKey, request: Tc3Request): Record<string, string> => {
  const { service, host, payload, timestamp } = request
  const date = new Date(timestamp * 1000).toISOString().slice(0, 10)
  const scope = `${date}/${service}/tc3_request`
  const canonical = [
    ...['POST', '/', '', `content-type:${contentType}`, `host:${host}`, ''],
    ...['content-type;host', sha256Hex(payload)],
  ].join('\n')
  const toSign = ['TC3-HMAC-SHA256', timestamp, scope, sha256Hex(canonical)].join('\n')
  const key = hmac(hmac(hmac(`TC3${secretKey}`, date), service), 'tc3_request')
  const signature = hmac(key, toSign).toString('hex')
  return {
    'content-type': contentType,
    'x-tc-timestamp': String(timestamp),
    authorization: `TC3-HMAC-SHA256 Credential=${secretId}/${scope}, SignedHeaders=content-type;host, Signature=${signature}`,
  }
}
