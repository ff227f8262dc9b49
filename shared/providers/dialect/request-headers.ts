import type { Target } from '../../protocol/route.ts'
import { memoizeWeak } from '../../runtime/memoize.ts'
import { getDialect } from './dialects.ts'

/** Header names and values in turn, the form that `node:http` writes without checking each pair. */
export type HeaderList = readonly string[]

const acceptTypes = { whole: 'application/json', stream: 'text/event-stream' } as const

/** The headers for a provider, without those of the connection and the body. The client's headers are not forwarded:
 *  they reveal its machine, and one of them is its login. */
export const getRequestHeaders = memoizeWeak(
  (target: Target): Readonly<Record<keyof typeof acceptTypes, HeaderList>> => {
    const { keyHeader } = getDialect(target)
    const key = target.apiKey && keyHeader === 'authorization' ? `Bearer ${target.apiKey}` : target.apiKey
    const common = [...(key ? [keyHeader, key] : []), 'user-agent', 'cloudbase-llm-gateway']
    return { whole: [...common, 'accept', acceptTypes.whole], stream: [...common, 'accept', acceptTypes.stream] }
  },
)
