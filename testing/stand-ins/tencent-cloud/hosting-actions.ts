import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Action } from './action.ts'
import { CloudError } from './cloud-error.ts'
import { type CloudState, takeFault } from './cloud-state.ts'

/** The bucket of the static hosting. */
export const hostingBucket = 'hosting-shop-1250000000'

/** The static hosting and the safe domains of the environment (service `tcb`). `Regoin` is the cloud's own spelling. */
export const hostingActions: Readonly<Record<string, Action>> = {
  DescribeStaticStore: ({ hosting, envId, region }) => {
    if (!hosting.isOpen) return { Data: [] }
    const Status = hosting.opening > 0 ? 'process' : 'online'
    hosting.opening = Math.max(0, hosting.opening - 1)
    const CdnDomain = hosting.domain
    return { Data: [{ EnvId: envId, CdnDomain, Bucket: hostingBucket, Regoin: region, Status }] }
  },
  CreateStaticStore: ({ hosting }) => {
    if (hosting.isOpen) throw new CloudError('FailedOperation', 'the static store exists')
    hosting.isOpen = true
    return { Result: 'succ' }
  },
  DescribeAuthDomains: ({ safeDomains }) => ({
    Domains: [...safeDomains].map((Domain, index) => ({ Id: String(index), Domain, Type: 'USER', Status: 'ENABLE' })),
  }),
  CreateAuthDomain: ({ safeDomains }, { Domains = [] }) => {
    for (const domain of Domains as readonly string[]) safeDomains.add(domain)
    return {}
  },
}

/** Handles the bucket of the hosting: uploads in one piece, removals, and lists of files with their MD5 (COS documentation, "PUT Object",
 *  "DELETE Object" and "GET Bucket"). */
export const handleHostingBucket = (
  state: CloudState,
  { method, url = '/' }: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
): void => {
  const { pathname, searchParams } = new URL(url, 'https://bucket')
  response.setHeader('content-type', 'application/xml')
  const action = ({ PUT: 'PutObject', DELETE: 'DeleteObject' } as Record<string, string>)[method ?? '']
  if (action !== undefined && takeFault(state, action)) {
    response.writeHead(403).end('<Error><Code>AccessDenied</Code><Message>Access Denied.</Message></Error>')
  } else if (method === 'PUT') {
    state.hosting.files.set(decodeURIComponent(pathname.slice(1)), body)
    state.hosting.uploads.push(decodeURIComponent(pathname.slice(1)))
    response.setHeader('etag', `"${toMd5(body)}"`).end()
  } else if (method === 'DELETE') {
    state.hosting.files.delete(decodeURIComponent(pathname.slice(1)))
    response.writeHead(204).end()
  } else {
    response.end(listFiles(state, searchParams.get('prefix') ?? ''))
  }
}

const listFiles = ({ hosting }: CloudState, prefix: string): string => {
  const rows = [...hosting.files]
    .filter(([key]) => key.startsWith(prefix))
    .map(
      ([key, content]) =>
        `<Contents><Key>${key}</Key><ETag>"${toMd5(content)}"</ETag><Size>${content.length}</Size></Contents>`,
    )
  return `<ListBucketResult><Name>${hostingBucket}</Name><IsTruncated>false</IsTruncated>${rows.join('')}</ListBucketResult>`
}

const toMd5 = (content: Buffer): string => createHash('md5').update(content).digest('hex')
