/** The response of the upstream to one request. */
export interface Script {
  /** Number of events; 0 for a whole response. */
  readonly events: number
  /** Time between two events, in milliseconds. */
  readonly everyMs: number
}

/** The scripts that the scenarios use. */
export const scripts = {
  whole: { events: 0, everyMs: 0 },
  /** For the time to the first event. */
  brief: { events: 3, everyMs: 5 },
  /** Slow enough that each event arrives alone. */
  slow: { events: 20, everyMs: 25 },
  steady: { events: 50, everyMs: 10 },
  long: { events: 300, everyMs: 10 },
} as const satisfies Readonly<Record<string, Script>>

/** Returns the name of the model that selects a script. */
export const modelFor = ({ events, everyMs }: Script): string => `bench-${events}-every-${everyMs}`

/** Parses the script of a body with such a model. Returns a whole response if the body has none. */
export const parseScript = (body: string): Script => {
  const [, events = 0, everyMs = 0] = /bench-(\d+)-every-(\d+)/.exec(body) ?? []
  return { events: Number(events), everyMs: Number(everyMs) }
}
