import { routesOf } from '../shared/models/model-map.ts'
import { snapshotOf } from '../shared/models/snapshot.ts'
import { mapOfRows } from '../shared/models/table-rows.ts'
import { isPrivateHost } from '../shared/providers/private-address.ts'

/** What ten thousand models cost: the first load of a process, later ones, and the share of a request. Run it alone. */

const options = { variable: () => 'key', allowPrivate: false, isPrivateHost }

const rowsOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    id: index,
    model_name: `vendor/model-${index}`,
    provider: 'openai',
    api_base: 'https://api.example.com/v1',
    api_key_env: 'EXAMPLE_API_KEY',
    api_key: null,
    enabled: 1,
    created_at: '2026-01-01 00:00:00',
    updated_at: '2026-01-01 00:00:00',
    _openid: '',
    upstream_model: `model-${index}`,
    default_params: null,
    max_tokens: 4096,
    input_price_per_1m: '0.8000',
    output_price_per_1m: '2.0000',
  }))

/** Milliseconds of processor time, which a busy machine disturbs less than the clock. */
const timed = (work: () => unknown): number => {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0
const print = (what: string, value: number, unit: string): void =>
  console.log(`${what.padEnd(44)} ${value.toFixed(3).padStart(10)} ${unit}`)

const many = rowsOf(10_000)
const load = (rows: typeof many) => snapshotOf(mapOfRows(rows, 'mysql'), options)
print(
  '10,000 models, first load of the process',
  timed(() => load(many)),
  'ms',
)
print(
  '10,000 models, later loads (median of 20)',
  median(Array.from({ length: 20 }, () => timed(() => load(many)))),
  'ms',
)
print(
  '  of which routes',
  median(Array.from({ length: 20 }, () => timed(() => routesOf(mapOfRows(many, 'mysql').entries, options)))),
  'ms',
)

const lookups = 1_000_000
const perLookup = (count: number): number => {
  const { models, route } = load(many.slice(0, count))
  const names = Array.from({ length: 1024 }, (_, index) => models[(index * 7919) % models.length] ?? '')
  const run = (): number =>
    timed(() => {
      for (let index = 0; index < lookups; index += 1) route(names[index & 1023] ?? '')
    })
  run()
  return (median([run(), run(), run(), run(), run()]) * 1_000) / lookups
}
const [ten, thousands] = [perLookup(10), perLookup(10_000)]
print('a route among 10 models', ten, 'µs')
print('a route among 10,000 models', thousands, 'µs')
print('difference, of a request of 1 ms', ((thousands - ten) / 1_000) * 100, '%')
