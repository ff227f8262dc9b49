import { setTimeout as wait } from 'node:timers/promises'
import { readEnvironment } from '../../../../shared/gateway/config/variables/environment.ts'
import { type Answer, advise, leaveOpen, type Probe, type ProbeInput, state } from './probe.ts'

const megabyte = 1024 * 1024
/** The platform documents 6 MB for a reply. It does not document whether a stream counts. */
const floodBytes = 8 * megabyte
const pieces = 10
const gapMs = 200
const workMs = 3_000
const tickMs = 100
const firstPieceMs = 10_000

/** Reads a reply to its end: its bytes, and the time of each piece in milliseconds. */
const read = async (reply: Response): Promise<{ bytes: number; moments: number[]; isWhole: boolean }> => {
  const moments: number[] = []
  let bytes = 0
  try {
    for await (const piece of reply.body ?? []) {
      moments.push(performance.now())
      bytes += (piece as Uint8Array).length
    }
    return { bytes, moments, isWhole: true }
  } catch {
    return { bytes, moments, isWhole: false }
  }
}

const findBuffer =
  'Users see a reply at its end only. Look for a CDN or a proxy before the domain, and probe again with GATEWAY_DOMAIN unset.'

/** Streams pieces at equal intervals. Pieces that arrive much closer together were held back. */
const probeBuffering = async ({ probe }: ProbeInput): Promise<Answer> => {
  const { moments, isWhole } = await read(await probe().ask('stream', { query: { pieces, gapMs } }))
  if (!isWhole) return leaveOpen(`the stream was cut after ${moments.length} pieces`, 'Probe again.')
  const gaps = moments.slice(1).map((moment, index) => moment - (moments[index] ?? 0))
  const maxGap = Math.round(Math.max(0, ...gaps))
  return moments.length >= pieces - 1
    ? state(`none: ${moments.length} pieces sent ${gapMs} ms apart come one by one, at most ${maxGap} ms apart`)
    : advise(`BUFFERED: ${pieces} pieces sent ${gapMs} ms apart come in ${moments.length}`, findBuffer)
}

/** The silences to try at once: each is twice as long as the one before. */
const listSilences = (seconds: number): number[] => [seconds / 8, seconds / 4, seconds / 2, seconds]

const formatSeconds = (seconds: number): string => `${Math.round(seconds * 10) / 10} s`

/** Returns what to do about a silence that lasts at least `shortest` seconds before the platform cuts it; empty if
 *  there is nothing to do. */
type AdviseSilence = (shortest: number, keepaliveSeconds: number) => string

/** Probes the length of silence after which the platform cuts, if it does. */
const probeIdleLimit =
  (tryOne: (subject: ProbeInput, seconds: number) => Promise<string>, adviseSilence: AdviseSilence) =>
  async (subject: ProbeInput): Promise<Answer> => {
    const tried = listSilences(subject.seconds)
    const outcomes = await Promise.all(tried.map((seconds) => tryOne(subject, seconds)))
    const at = outcomes.findIndex((outcome) => outcome !== 'passes')
    if (at < 0) return state(`at least ${formatSeconds(subject.seconds)}`)
    const shortest = tried[at - 1] ?? 0
    const detail = `between ${formatSeconds(shortest)} and ${formatSeconds(tried[at] ?? 0)} (${outcomes[at]})`
    const { STREAM_KEEPALIVE_SECONDS: keepalive } = readEnvironment(subject.input.variables).values
    const fix = adviseSilence(shortest, keepalive)
    return fix === '' ? state(`${detail}; streams send a comment each ${keepalive} s`) : advise(detail, fix)
  }

/** A stream speaks first after `STREAM_KEEPALIVE_SECONDS` of silence, and again each time. */
const adviseKeepalive: AdviseSilence = (shortest, keepalive) =>
  keepalive > 0 && keepalive <= shortest
    ? ''
    : `Set STREAM_KEEPALIVE_SECONDS to ${Math.max(1, Math.floor(shortest))}, so that streams are never silent for longer.`

const adviseStreams: AdviseSilence = (shortest, keepalive) =>
  ['Let clients stream: a reply that comes as a whole is cut after that time.', adviseKeepalive(shortest, keepalive)]
    .filter(Boolean)
    .join(' ')

const waitForHeaders = async ({ probe }: ProbeInput, seconds: number): Promise<string> => {
  const startedAt = performance.now()
  const after = () => `after ${formatSeconds((performance.now() - startedAt) / 1000)}`
  try {
    const { status, ok } = await probe().ask('silent', { query: { ms: seconds * 1000 } })
    return ok ? 'passes' : `answered ${status} ${after()}`
  } catch {
    return `cut ${after()}`
  }
}

const waitInStream = async ({ probe }: ProbeInput, seconds: number): Promise<string> => {
  const startedAt = performance.now()
  const { bytes, isWhole } = await read(await probe().ask('stream', { query: { pieces: 2, gapMs: seconds * 1000 } }))
  const isLast = bytes === 2 * 'data: 0\n\n'.length
  return isWhole && isLast ? 'passes' : `cut after ${formatSeconds((performance.now() - startedAt) / 1000)}`
}

const probeTotalTime = async ({ probe, seconds }: ProbeInput): Promise<Answer> => {
  const step = Math.min(1000, (seconds * 1000) / pieces)
  const count = Math.round((seconds * 1000) / step) + 1
  const startedAt = performance.now()
  const { moments, isWhole } = await read(await probe().ask('stream', { query: { pieces: count, gapMs: step } }))
  const lasted = formatSeconds(((moments.at(-1) ?? startedAt) - startedAt) / 1000)
  if (isWhole && moments.length > 0) return state(`at least ${lasted}`)
  return advise(
    `cut after ${lasted}`,
    'Set UPSTREAM_TIMEOUT_TOTAL below that, so that the gateway ends a long stream itself: clients then see an error, and the record is whole.',
  )
}

const probeTotalSize = async ({ probe }: ProbeInput): Promise<Answer> => {
  const { bytes, isWhole } = await read(await probe().ask('flood', { query: { bytes: floodBytes } }))
  const seen = `${(bytes / megabyte).toFixed(1)} MB`
  if (isWhole && bytes >= floodBytes) return state(`at least ${seen}`)
  return advise(`cut after ${seen}`, 'Bound long replies with max_tokens in the entries of the model map.')
}

/** Describes how much a function worked while it had no request. */
const describeWork = async ({ probe }: ProbeInput, name: string, started: string): Promise<Answer> => {
  await wait(workMs)
  const { instance, ticks, since } = await probe().json('ticks', { query: { name } })
  if (instance !== started) return leaveOpen('another instance answered', 'Probe again.')
  // A function that was asleep when the client left begins its work when the next call wakes it.
  if (Number(since) < workMs / 2) return state('STOPS: the function learns of it at the next call only')
  const due = Math.floor(Number(since) / tickMs)
  const steps = `${String(ticks)} of ${due} steps in ${formatSeconds(Number(since) / 1000)}`
  return state(Number(ticks) > due / 2 ? `goes on: ${steps}` : `STOPS: ${steps}`)
}

const probeWorkAfterEnd = async (subject: ProbeInput): Promise<Answer> => {
  const { instance } = await subject.probe().json('work', { query: { name: 'end' } })
  return describeWork(subject, 'end', String(instance))
}

const probeWorkAfterAbort = async (subject: ProbeInput): Promise<Answer> => {
  const leaving = new AbortController()
  const clock = setTimeout(() => leaving.abort(), firstPieceMs)
  const first = await subject
    .probe()
    .ask('leave', { query: { name: 'abort' }, signal: leaving.signal })
    .then((reply) => reply.body?.getReader().read())
    .catch(() => undefined)
  clearTimeout(clock)
  leaving.abort()
  if (!first?.value)
    return leaveOpen('the first piece of a stream does not come before its end, so a client cannot leave in the middle')
  const instance = new TextDecoder().decode(first.value).replace('data: ', '').trim()
  return describeWork(subject, 'abort', instance)
}

/** The probes of replies, and of work that continues after them, behind the HTTP access service. Work without a
 *  request is read at the end, because any call wakes an instance. */
export const answerProbes: readonly Probe[] = [
  { question: 'Buffering of streams', ask: probeBuffering },
  { question: 'Silence before the first byte', ask: probeIdleLimit(waitForHeaders, adviseStreams) },
  { question: 'Silence within a stream', ask: probeIdleLimit(waitInStream, adviseKeepalive) },
  { question: 'Total time of a stream', ask: probeTotalTime },
  { question: 'Total size of a stream', ask: probeTotalSize },
  { question: 'Work after the end of an answer', ask: probeWorkAfterEnd },
  { question: 'Work after the client has left', ask: probeWorkAfterAbort },
]
