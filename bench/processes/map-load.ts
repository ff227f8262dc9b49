import { readConfig } from '../../shared/gateway/config/config.ts'
import { createRegistry, type Registry } from '../../shared/models/registry.ts'
import { startCpuClock } from '../../testing/stats/own-cpu.ts'
import { median } from '../../testing/stats/summary.ts'

/** Measures the model map of the environment in a new process: its first load, with code that has not run before, later loads, and
 *  its part of a request. Prints one line of JSON. */

const laterLoads = 10
const requests = 200_000

const cpuMs = async (work: () => Promise<unknown>): Promise<number> => {
  const readMs = startCpuClock()
  await work()
  return readMs()
}

const serveRequests = async (registry: Registry): Promise<void> => {
  const { models } = await registry.current()
  const names = Array.from({ length: 1_024 }, (_, index) => models[(index * 7_919) % models.length] ?? '')
  for (let index = 0; index < requests; index++) (await registry.current()).route(names[index & 1_023] ?? '')
}

const main = async (): Promise<void> => {
  const registry = createRegistry(readConfig({ ...process.env, LOG_LEVEL: 'error' }).models)
  const load_ms = await cpuMs(() => registry.current())
  const later: number[] = []
  for (let load = 0; load < laterLoads; load++) later.push(await cpuMs(() => registry.reload({ force: false })))
  await serveRequests(registry)
  const route_us = ((await cpuMs(() => serveRequests(registry))) * 1e3) / requests
  console.log(JSON.stringify({ load_ms, reload_ms: median(later), route_us }))
  process.exit()
}

void main()
