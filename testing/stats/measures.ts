/** How a measure is formatted, and whether a busy machine disturbs it. */
export interface Measure {
  /** The heading of its column, with the unit. */
  readonly title: string
  readonly digits: number
  /** Whether it is measured by the clock. Other programs disturb it far more than processor time and memory. */
  readonly clock: boolean
}

/** Everything the benchmark measures. */
export const measures = {
  wall_ms: { title: 'first byte, ms', digits: 1, clock: true },
  cpu_ms: { title: 'CPU, ms', digits: 1, clock: false },
  rss_mb: { title: 'memory, MB', digits: 1, clock: false },
  rps: { title: 'requests/s', digits: 0, clock: true },
  cpu_us: { title: 'CPU/request, µs', digits: 0, clock: false },
  harness_share: { title: 'harness core in use', digits: 2, clock: true },
  event_cpu_us: { title: 'CPU/event, µs', digits: 1, clock: false },
  ttft_ms: { title: 'first event, ms', digits: 2, clock: true },
  added_ttft_ms: { title: 'added to first event, ms', digits: 2, clock: true },
  relay_p50_ms: { title: 'relay p50, ms', digits: 2, clock: true },
  relay_p99_ms: { title: 'relay p99, ms', digits: 2, clock: true },
  held_events: { title: 'events held back', digits: 0, clock: true },
  split_events: { title: 'events split', digits: 0, clock: true },
  peak_mb: { title: 'memory peak, MB', digits: 1, clock: false },
  complete_share: { title: 'complete with usage', digits: 3, clock: false },
  kills: { title: 'killed for memory', digits: 0, clock: false },
  gap_p99_ms: { title: 'gap p99 of other streams, ms', digits: 1, clock: true },
  load_ms: { title: 'first load, CPU ms', digits: 1, clock: false },
  reload_ms: { title: 'later loads, CPU ms', digits: 1, clock: false },
  route_us: { title: 'CPU/route, µs', digits: 2, clock: false },
  warm_us: { title: 'warm token, µs', digits: 1, clock: false },
  first_sight_us: { title: 'first sight, µs', digits: 1, clock: false },
  forged_per_s: { title: 'forged refused/s', digits: 0, clock: false },
  added_cpu_us: { title: 'added CPU/request, µs', digits: 0, clock: false },
  prompt_us: { title: 'CPU/prompt, µs', digits: 1, clock: false },
  build_ms: { title: 'build, CPU ms', digits: 0, clock: false },
  part_ms: { title: 'longest part, CPU ms', digits: 1, clock: false },
  store_calls: { title: 'store calls/request', digits: 2, clock: false },
  growth: { title: 'memory, end ÷ start', digits: 3, clock: false },
  reused_share: { title: 'connections reused', digits: 4, clock: false },
} as const satisfies Readonly<Record<string, Measure>>

/** The name of a measure. */
export type MeasureName = keyof typeof measures
