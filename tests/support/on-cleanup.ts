import { afterEach } from '@jest/globals'

type Cleanup = () => unknown

const cleanups: Cleanup[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** Registers functions that run after the current test, the last one first. Each test file has its own list. */
export const onCleanup = (...added: readonly Cleanup[]): void => {
  cleanups.push(...added)
}
