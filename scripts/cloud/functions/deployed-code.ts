import type { Cloud } from '../client/connect.ts'
import { retry } from '../client/retry.ts'
import { digestZip } from './function-package.ts'

const timeoutMs = 60_000

/** Downloads the code of a function and returns its digest. It does not matter who deployed the code, or how. */
export const readDeployedCode = async ({ app }: Cloud, name: string): Promise<string> => {
  const { Url } = await retry(() => app.functions.getFunctionDownloadUrl(name))
  const reply = await fetch(Url, { signal: AbortSignal.timeout(timeoutMs) })
  if (!reply.ok) throw new Error(`the code of ${name} could not be downloaded`)
  return digestZip(new Uint8Array(await reply.arrayBuffer()))
}
