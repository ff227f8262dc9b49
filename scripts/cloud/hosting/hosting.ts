import type { Cloud } from '../client/connect.ts'
import { retry } from '../client/retry.ts'

/** The static hosting of an environment. */
export interface Hosting {
  readonly bucket: string
  readonly region: string
  /** Its default domain, such as `shop-1a2b3c-1250000000.tcloudbaseapp.com`. */
  readonly domain: string
  /** `online` if it can be used; `init` or `process` while it is opened; `offline` if it was closed. */
  readonly status: string
}

/** A row of `DescribeStaticStore`. The cloud's API spells the region so (manager-node 5.6.5, `hosting/index.js`). */
interface StaticStore {
  readonly Bucket: string
  readonly Regoin: string
  readonly CdnDomain: string
  readonly Status: string
}

/** Reads the static hosting. Returns undefined if it was never opened. */
export const readHosting = async ({ app }: Cloud): Promise<Hosting | undefined> => {
  const rows = (await retry(() => app.hosting.getInfo())) as readonly StaticStore[] | undefined
  const row = rows?.[0]
  return row && { bucket: row.Bucket, region: row.Regoin, domain: row.CdnDomain, status: row.Status }
}

/** Whether the hosting must be opened first. */
export const isClosed = (hosting: Hosting | undefined): boolean => hosting === undefined || hosting.status === 'offline'

/** Reads the MD5 of each file below a folder, in hexadecimal, by its whole path. A file of one upload has it as its ETag (COS
 *  documentation, "ETag").
 *  @param folder without a slash at its ends */
export const readHostedFiles = async (
  { app }: Cloud,
  { bucket, region }: Hosting,
  folder: string,
): Promise<ReadonlyMap<string, string>> => {
  const files = await retry(() => app.storage.walkCloudDirCustom({ prefix: folder, bucket, region }))
  return new Map(files.map(({ Key, ETag }) => [Key, ETag.replaceAll('"', '')]))
}
