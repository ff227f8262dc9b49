import { createHash, createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { CloudError } from './cloud-error.ts'
import type { CloudState } from './cloud-state.ts'

const hash = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

/** Verifies a request's TC3-HMAC-SHA256 signature (Tencent Cloud API 3.0, "signature v3").
 *  @throws CloudError `AuthFailure.*`, with the id of the key in the message, as the cloud does */
export const verifySignature = ({ secretId, secretKey }: CloudState, request: IncomingMessage, body: Buffer): void => {
  const { authorization = '', 'x-tc-timestamp': timestamp = '' } = request.headers
  const [, id, scope = '', signedHeaders = '', signature] =
    /Credential=([^/]+)\/([^,]+), ?SignedHeaders=([^,]+), ?Signature=(\w+)/.exec(authorization) ?? []
  if (id !== secretId)
    throw new CloudError(
      'AuthFailure.SecretIdNotFound',
      `The SecretId ${id} is not found, please ensure that it is correct.`,
    )
  const [date = '', service = ''] = scope.split('/')
  const headers = signedHeaders
    .split(';')
    .map((name) => `${name}:${String(request.headers[name]).trim().toLowerCase()}\n`)
  const canonical = [request.method, '/', '', headers.join(''), signedHeaders, hash(body)].join('\n')
  const toSign = ['TC3-HMAC-SHA256', timestamp, scope, hash(canonical)].join('\n')
  const signingKey = hmac(hmac(hmac(`TC3${secretKey}`, date), service), 'tc3_request')
  if (hmac(signingKey, toSign).toString('hex') === signature) return
  throw new CloudError('AuthFailure.SignatureFailure', `The provided credentials of ${id} could not be validated.`)
}
