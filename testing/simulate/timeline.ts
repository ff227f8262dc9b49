/** Things that happen at a time, the earliest first. */
export interface Timeline<Item> {
  readonly add: (time: number, item: Item) => void
  /** Removes and returns the earliest, if its time has come. */
  readonly takeUntil: (time: number) => { readonly time: number; readonly item: Item } | undefined
}

/** Creates an empty timeline: a binary heap. */
export const createTimeline = <Item>(): Timeline<Item> => {
  const heap: { time: number; item: Item }[] = []
  const timeAt = (index: number): number => heap[index]?.time ?? Number.POSITIVE_INFINITY
  const swap = (one: number, other: number): void => {
    const kept = heap[one] as { time: number; item: Item }
    heap[one] = heap[other] as { time: number; item: Item }
    heap[other] = kept
  }
  const siftDown = (index: number): void => {
    const left = 2 * index + 1
    const least = timeAt(left + 1) < timeAt(left) ? left + 1 : left
    if (timeAt(least) >= timeAt(index)) return
    swap(least, index)
    siftDown(least)
  }
  return {
    add: (time, item) => {
      heap.push({ time, item })
      let index = heap.length - 1
      for (let parent = (index - 1) >> 1; index > 0 && timeAt(parent) > time; parent = (index - 1) >> 1) {
        swap(parent, index)
        index = parent
      }
    },
    takeUntil: (time) => {
      if (timeAt(0) > time) return undefined
      const last = heap.length - 1
      swap(0, last)
      const first = heap.pop()
      siftDown(0)
      return first
    },
  }
}
