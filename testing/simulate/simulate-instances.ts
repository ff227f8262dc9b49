import type { Load } from './load.ts'
import { createTimeline } from './timeline.ts'

/** The instances of the chat function in a stretch of time. */
export interface InstanceUse {
  /** The most that ran at the same time. */
  readonly instances: number
  /** The most answers at the same time. */
  readonly streams: number
  /** Requests that began an instance, of a thousand. */
  readonly coldStarts: number
  /** Seconds in which an instance served, for a thousand answers. The platform bills these. */
  readonly billedSeconds: number
}

interface Instance {
  running: number
  /** When it began to serve, or stopped. */
  since: number
}

/** Seconds before the count begins. */
const warmUpSeconds = 300

/** The count takes this many answers, and at least so many seconds. */
const countedAnswers = 50_000
const minCountedSeconds = 300

/** Simulates the instances: requests arrive at random, and each goes to the fullest instance that has room. Without room,
 *  a new instance begins. One that is idle for `keepSeconds` ends.
 *  @param random numbers from 0 to 1 */
export const simulateInstances = (load: Load, random: () => number): InstanceUse => {
  const perSecond = (load.users * load.answersPerHour) / 3_600
  const end = warmUpSeconds + Math.max(minCountedSeconds, countedAnswers / perSecond)
  const draw = (mean: number): number => -Math.log(1 - random()) * mean
  const ends = createTimeline<Instance>()
  const fleet = createFleet(load)
  const counted = { instances: 0, streams: 0, coldStarts: 0, answers: 0, seconds: 0 }
  let streams = 0
  const finish = (instance: Instance, time: number): void => {
    streams -= 1
    fleet.move(instance, -1)
    if (instance.running > 0) return
    counted.seconds += Math.max(0, time - Math.max(instance.since, warmUpSeconds))
    instance.since = time
  }
  for (let time = draw(1 / perSecond); time < end; time += draw(1 / perSecond)) {
    for (let next = ends.takeUntil(time); next; next = ends.takeUntil(time)) finish(next.item, next.time)
    const { instance, isNew } = fleet.choose(time)
    if (instance.running === 0) instance.since = time
    fleet.move(instance, 1)
    streams += 1
    ends.add(time + draw(load.answerSeconds), instance)
    if (time < warmUpSeconds) continue
    counted.answers += 1
    if (isNew) counted.coldStarts += 1
    counted.instances = Math.max(counted.instances, fleet.count())
    counted.streams = Math.max(counted.streams, streams)
  }
  for (let next = ends.takeUntil(end * 2); next; next = ends.takeUntil(end * 2))
    finish(next.item, Math.min(next.time, end))
  const perThousand = 1_000 / counted.answers
  return {
    instances: counted.instances,
    streams: counted.streams,
    coldStarts: counted.coldStarts * perThousand,
    billedSeconds: counted.seconds * perThousand,
  }
}

/** The instances by the number of requests that each serves. */
const createFleet = ({ concurrency, keepSeconds }: Load) => {
  const groups = Array.from({ length: concurrency + 1 }, () => new Set<Instance>())
  const endIdle = (time: number): void => {
    // The first of the idle ones has been idle for the longest.
    for (const instance of groups[0] ?? []) {
      if (time - instance.since < keepSeconds) return
      groups[0]?.delete(instance)
    }
  }
  return {
    count: (): number => groups.reduce((sum, { size }) => sum + size, 0),
    /** Adds to the requests of an instance. */
    move: (instance: Instance, by: 1 | -1): void => {
      groups[instance.running]?.delete(instance)
      instance.running += by
      groups[instance.running]?.add(instance)
    },
    /** Finds the fullest instance with room, or begins one. */
    choose: (time: number): { instance: Instance; isNew: boolean } => {
      endIdle(time)
      for (let running = concurrency - 1; running >= 0; running--)
        for (const instance of groups[running] ?? []) return { instance, isNew: false }
      return { instance: { running: 0, since: time }, isNew: true }
    },
  }
}
