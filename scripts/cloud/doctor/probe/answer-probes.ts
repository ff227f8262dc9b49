import { setTimeout as wait } from 'node:timers/promises'
import type { Probe, ProbeInput } from './probe.ts'

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

/** Streams pieces at equal intervals. Pieces that arrive much closer together were held back. */
const probeBuffering = async ({ probe }: ProbeInput): Promise<string> => {
  const { moments, isWhole } = await read(await probe().ask('stream', { query: { pieces, gapMs } }))
  if (!isWhole) return `open: the stream was cut after ${moments.length} pieces`
  const gaps = moments.slice(1).map((moment, index) => moment - (moments[index] ?? 0))
  const maxGap = Math.round(Math.max(0, ...gaps))
  return moments.length >= pieces - 1
    ? `none: ${moments.length} pieces sent ${gapMs} ms apart come one by one, at most ${maxGap} ms apart`
    : `BUFFERED: ${pieces} pieces sent ${gapMs} ms apart come in ${moments.length}`
}

/** The silences to try at once: each is twice as long as the one before. */
const listSilences = (seconds: number): number[] => [seconds / 8, seconds / 4, seconds / 2, seconds]

const formatSeconds = (seconds: number): string => `${Math.round(seconds * 10) / 10} s`

/** Probes the length of silence after which the platform cuts, if it does. */
const probeIdleLimit =
  (tryOne: (subject: ProbeInput, seconds: number) => Promise<string>) => async (subject: ProbeInput) => {
    const tried = listSilences(subject.seconds)
    const outcomes = await Promise.all(tried.map((seconds) => tryOne(subject, seconds)))
    const at = outcomes.findIndex((outcome) => outcome !== 'passes')
    if (at < 0) return `at least ${formatSeconds(subject.seconds)}`
    return `between ${formatSeconds(tried[at - 1] ?? 0)} and ${formatSeconds(tried[at] ?? 0)} (${outcomes[at]})`
  }

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

const probeTotalTime = async ({ probe, seconds }: ProbeInput): Promise<string> => {
  const step = Math.min(1000, (seconds * 1000) / pieces)
  const count = Math.round((seconds * 1000) / step) + 1
  const startedAt = performance.now()
  const { moments, isWhole } = await read(await probe().ask('stream', { query: { pieces: count, gapMs: step } }))
  const lasted = formatSeconds(((moments.at(-1) ?? startedAt) - startedAt) / 1000)
  return isWhole && moments.length > 0 ? `at least ${lasted}` : `cut after ${lasted}`
}

const probeTotalSize = async ({ probe }: ProbeInput): Promise<string> => {
  const { bytes, isWhole } = await read(await probe().ask('flood', { query: { bytes: floodBytes } }))
  const seen = `${(bytes / megabyte).toFixed(1)} MB`
  return isWhole && bytes >= floodBytes ? `at least ${seen}` : `cut after ${seen}`
}

/** Describes how much a function worked while it had no request. */
const describeWork = async ({ probe }: ProbeInput, name: string, started: string): Promise<string> => {
  await wait(workMs)
  const { instance, ticks, since } = await probe().json('ticks', { query: { name } })
  if (instance !== started) return 'open: another instance answered. Ask again'
  const due = Math.floor(Number(since) / tickMs)
  if (due === 0) return 'STOPS: the function learns of it at the next call only'
  return Number(ticks) > due / 2
    ? `goes on: ${String(ticks)} of ${due} steps in ${formatSeconds(Number(since) / 1000)}`
    : `STOPS: ${String(ticks)} of ${due} steps in ${formatSeconds(Number(since) / 1000)}`
}

const probeWorkAfterEnd = async (subject: ProbeInput): Promise<string> => {
  const { instance } = await subject.probe().json('work', { query: { name: 'end' } })
  return describeWork(subject, 'end', String(instance))
}

const probeWorkAfterAbort = async (subject: ProbeInput): Promise<string> => {
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
    return 'open: the first piece of a stream does not come before its end, so a client cannot leave in the middle'
  const instance = new TextDecoder().decode(first.value).replace('data: ', '').trim()
  return describeWork(subject, 'abort', instance)
}

/** The probes of replies, and of work that continues after them, behind the HTTP access service. Work without a
 *  request is read at the end, because any call wakes an instance. */
export const answerProbes: readonly Probe[] = [
  { question: 'Buffering of streams', ask: probeBuffering },
  { question: 'Silence before the first byte', ask: probeIdleLimit(waitForHeaders) },
  { question: 'Silence within a stream', ask: probeIdleLimit(waitInStream) },
  { question: 'Total time of a stream', ask: probeTotalTime },
  { question: 'Total size of a stream', ask: probeTotalSize },
  { question: 'Work after the end of an answer', ask: probeWorkAfterEnd },
  { question: 'Work after the client has left', ask: probeWorkAfterAbort },
]
