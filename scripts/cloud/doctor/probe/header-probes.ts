import { randomBytes } from 'node:crypto'
import { readAccessDomains } from '../../routes/access-service.ts'
import { type Answer, advise, leaveOpen, type Probe, type ProbeInput, state } from './probe.ts'
import { digest, getFields } from './read-echo.ts'

const timeoutMs = 10_000
/** The headers in which the platform tells a function who calls from a mini program. */
export const identityHeaders = ['x-wx-openid', 'x-wx-source'] as const

const trustNone =
  'Trust no x-wx-* header in functions of your own that have a route. The gateway reads none of them; llm-ticket vouches for users of a mini program (docs/miniprogram.md).'

/** Returns which of the forged headers reached the function as they were sent. */
export const findForged = (
  sent: Readonly<Record<string, string>>,
  digests: Readonly<Record<string, unknown>>,
): string[] => Object.entries(sent).flatMap(([name, value]) => (digests[name] === digest(value) ? [name] : []))

/** Creates headers that claim to be of a user of a mini program. */
export const forgeIdentity = (): Record<string, string> =>
  Object.fromEntries(identityHeaders.map((name) => [name, `forged-${randomBytes(8).toString('hex')}`]))

/** Describes what became of a forged identity. A header that is taken out today may pass tomorrow: the platform
 *  documents neither. */
export const describeForged = (sent: Readonly<Record<string, string>>, digests: Readonly<Record<string, unknown>>) => {
  const forged = findForged(sent, digests)
  if (forged.length > 0) return advise(`ARRIVE: anyone can forge ${forged.join(' and ')}`, trustNone)
  const replaced = Object.keys(sent).some((name) => digests[name] !== undefined)
  return state(`${replaced ? 'are replaced by the platform’s own' : 'are taken out'}; the gateway reads none of them`)
}

const probeForgedIdentity = async ({ probe }: ProbeInput): Promise<Answer> => {
  const sent = forgeIdentity()
  return describeForged(sent, getFields(await probe().json('echo', { headers: sent }), 'digests'))
}

const ownDomain =
  'Bind a domain of your own for pages (console: HTTP Access Service > Domains). Calls of the API are not affected.'

const describePage = (reply: Response): Answer => {
  const disposition = reply.headers.get('content-disposition') ?? ''
  return disposition.startsWith('attachment')
    ? advise('is DOWNLOADED: the platform adds Content-Disposition: attachment', ownDomain)
    : state(`is shown: Content-Disposition is ${disposition || 'not set'}`)
}

/** The function asks for `inline`, which the platform may overwrite. */
const probePage = async ({ probe }: ProbeInput): Promise<Answer> => {
  const reply = await probe().ask('page')
  await reply.arrayBuffer()
  return reply.ok ? describePage(reply) : leaveOpen(`the platform replies ${reply.status}`)
}

const noPage = 'Switch static hosting on, upload a page as index.html (console: Static Hosting) and probe again.'

const probeHostedPage = async ({ input }: ProbeInput): Promise<Answer> => {
  const domains = await readAccessDomains(input.cloud)
  const hosting = domains.find(({ isForAccess, isDefault }) => !isForAccess && isDefault)
  if (!hosting) return leaveOpen('the environment has no static hosting', noPage)
  const reply = await fetch(`https://${hosting.domain}/`, { signal: AbortSignal.timeout(timeoutMs) })
  await reply.arrayBuffer()
  return reply.ok ? describePage(reply) : leaveOpen(`static hosting replies ${reply.status}`, noPage)
}

/** The probes of headers that the platform adds, or takes out. */
export const headerProbes: readonly Probe[] = [
  { question: 'x-wx-* headers sent by a client', ask: probeForgedIdentity },
  { question: 'A page of a function, opened in a browser', ask: probePage },
  { question: 'A page of static hosting, opened in a browser', ask: probeHostedPage },
]
