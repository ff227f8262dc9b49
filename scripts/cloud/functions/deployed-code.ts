import type { Cloud } from '../client/connect.ts'
import { patiently } from '../client/retry.ts'
import { zipDigest } from './function-package.ts'

const timeoutMs = 60_000

/** The digest of the code that a function runs, downloaded: whoever has deployed it, and by whatever means. */
export const deployedCode = async ({ app }: Cloud, name: string): Promise<string> => {
  const { Url } = await patiently(() => app.functions.getFunctionDownloadUrl(name))
  const reply = await fetch(Url, { signal: AbortSignal.timeout(timeoutMs) })
  if (!reply.ok) throw new Error(`the code of ${name} could not be downloaded`)
  return zipDigest(new Uint8Array(await reply.arrayBuffer()))
}
