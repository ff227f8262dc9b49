import { type Answer, advise, type Probe, type ProbeInput, state } from './probe.ts'

const kilobyte = 1024
/** Sizes around the two limits that the platform documents: 100 KB for text, 6 MB for the rest. */
const bodySizes = [90, 120, 1_024, 5_900, 7_000]
/** The largest size that both documented limits and `MAX_BODY_BYTES` of the gateway let through. */
const enough = 5_900

const asJson = 'application/json'
/** The gateway reads JSON whatever its type is, so a client can choose the one that passes. */
const asBytes = 'application/octet-stream'
const types = [asJson, 'text/plain', asBytes]

/** What the platform did to the bodies of one type. */
interface BodyLimit {
  readonly type: string
  /** The largest size that arrived whole, in KB; 0 if none did. */
  readonly passed: number
  /** What happened to the next size; empty if there is none. */
  readonly refusal: string
}

/** Sends larger and larger bodies, which are JSON under each type. */
const measureLimit = async (type: string, { probe }: ProbeInput): Promise<BodyLimit> => {
  const running = probe()
  let passed = 0
  for (const size of bodySizes) {
    const body = JSON.stringify('x'.repeat(size * kilobyte - 2))
    const refusal = await running
      .json('length', { body, headers: { 'content-type': type } })
      .then(({ bytes }) => (bytes === body.length ? '' : `arrives with ${String(bytes)} bytes`))
      .catch((error: Error) => `does not: ${error.message}`)
    if (refusal !== '') return { type, passed, refusal: `${size} KB ${refusal}` }
    passed = size
  }
  return { type, passed, refusal: '' }
}

const describeLimit = ({ type, passed, refusal }: BodyLimit): string =>
  `${type} ${[passed > 0 && `passes up to ${passed} KB`, refusal].filter(Boolean).join(', ')}`

const probeBodies = async (subject: ProbeInput): Promise<Answer> => {
  const limits: BodyLimit[] = []
  for (const type of types) limits.push(await measureLimit(type, subject))
  const detail = limits.map(describeLimit).join('; ')
  const [text = 0, bytes = 0] = [asJson, asBytes].map((type) => limits.find((limit) => limit.type === type)?.passed)
  if (text >= enough) return state(detail)
  if (bytes > text) {
    return advise(
      detail,
      `Send bodies above ${text} KB as ${asBytes}: the gateway reads JSON of any type. docs/coding-tools.md, “Long requests”, has a line for each client.`,
    )
  }
  return advise(
    detail,
    `Keep requests below ${text} KB, with fewer earlier messages and smaller files: no type of body passes the platform above that.`,
  )
}

/** The probe of the sizes of requests that the HTTP access service lets through. */
export const bodyProbes: readonly Probe[] = [{ question: 'Largest request body', ask: probeBodies }]
