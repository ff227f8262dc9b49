/** What the scripted upstream does for one request. */
export interface Script {
  /** Number of events; 0: one whole answer. */
  readonly events: number
  /** Time between two events, in milliseconds. */
  readonly everyMs: number
}

/** The scripts that the scenarios use. */
export const scripts = {
  whole: { events: 0, everyMs: 0 },
  /** For the time to the first event. */
  brief: { events: 3, everyMs: 5 },
  /** Slow enough that each event arrives by itself. */
  slow: { events: 20, everyMs: 25 },
  steady: { events: 50, everyMs: 10 },
  long: { events: 300, everyMs: 10 },
} as const satisfies Readonly<Record<string, Script>>

/** The name of the model that acts out a script. */
export const modelFor = ({ events, everyMs }: Script): string => `bench-${events}-every-${everyMs}`

/** The script of a body that names such a model; a whole answer where it names none. */
export const parseScript = (body: string): Script => {
  const [, events = 0, everyMs = 0] = /bench-(\d+)-every-(\d+)/.exec(body) ?? []
  return { events: Number(events), everyMs: Number(everyMs) }
}
