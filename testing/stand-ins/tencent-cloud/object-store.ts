import type { IncomingMessage, ServerResponse } from 'node:http'
import { type CloudState, takeFault } from './cloud-state.ts'

/** Parts of unfinished uploads, by the key of the object. The key is also the id of the upload. */
const parts = new Map<string, Map<number, Buffer>>()

interface Reply {
  readonly status?: number
  readonly xml: string
}

/** Handles uploads as Tencent's object store (COS) does, in one piece or in parts (COS documentation, "Multipart Upload"). */
export const handleObjectStore = (
  state: CloudState,
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
): void => {
  const stored = request.method === 'GET' && state.objects.get(decodeURIComponent((request.url ?? '/').slice(1)))
  if (stored) {
    response.writeHead(200, { 'content-type': 'application/zip' }).end(stored)
    return
  }
  const { status = 200, xml } = createReply(state, request, body)
  response.writeHead(status, { 'content-type': 'application/xml', etag: '"0"' }).end(xml)
}

const createReply = (state: CloudState, { url = '/', method = 'GET' }: IncomingMessage, body: Buffer): Reply => {
  const { pathname, searchParams } = new URL(url, 'https://store')
  const key = decodeURIComponent(pathname.slice(1))
  const ids = `<Bucket>b</Bucket><Key>${key}</Key>`
  if (method === 'PUT' && takeFault(state, 'PutObject')) {
    return { status: 403, xml: '<Error><Code>AccessDenied</Code><Message>Access Denied.</Message></Error>' }
  }
  if (method === 'POST' && searchParams.has('uploads')) {
    parts.set(key, new Map())
    return { xml: `<InitiateMultipartUploadResult>${ids}<UploadId>${key}</UploadId></InitiateMultipartUploadResult>` }
  }
  if (method === 'PUT' && searchParams.has('uploadId')) {
    parts.get(key)?.set(Number(searchParams.get('partNumber')), body)
    return { xml: '' }
  }
  if (method === 'POST' && searchParams.has('uploadId')) {
    const pieces = [...(parts.get(key) ?? [])].sort(([one], [other]) => one - other).map(([, piece]) => piece)
    state.objects.set(key, Buffer.concat(pieces))
    const result = `<Location>l</Location>${ids}<ETag>"0"</ETag>`
    return { xml: `<CompleteMultipartUploadResult>${result}</CompleteMultipartUploadResult>` }
  }
  if (method === 'PUT') state.objects.set(key, body)
  return { xml: '<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>' }
}
