import * as fc from 'fast-check'
import { startCpuClock } from '../stats/own-cpu.ts'
import type { Lab } from './lab.ts'
import type { FuzzProperty } from './property.ts'

/** A property without its check. */
interface Definition<Input> extends Pick<FuzzProperty, 'area' | 'title' | 'weight'> {
  /** Draws the input of a case. */
  readonly draws: fc.Arbitrary<Input>
}

/** Creates a property of code in this process. A case that takes more than a second fails, because a parser must not be slow. */
export const parserProperty = <Input>({
  draws,
  holds,
  ...named
}: Definition<Input> & { readonly holds: (input: Input) => void }): FuzzProperty => ({
  ...named,
  on: () =>
    fc.asyncProperty(draws as fc.Arbitrary<unknown>, (input) => {
      const readMs = startCpuClock()
      holds(input as Input)
      const cpuMs = readMs()
      return cpuMs > maxCpuMs ? Promise.reject(new Error(`It took ${Math.round(cpuMs)} ms.`)) : Promise.resolve()
    }),
})

/** The longest processor time of one case in this process, in milliseconds. */
const maxCpuMs = 1_000

/** Creates a property of the built functions. After each case their logs must contain no entry of an internal error. */
export const wireProperty = <Input>({
  draws,
  holds,
  ...named
}: Definition<Input> & { readonly holds: (lab: Lab, input: Input) => Promise<void> }): FuzzProperty => ({
  ...named,
  on: (lab) =>
    fc
      .asyncProperty(draws as fc.Arbitrary<unknown>, async (input) => {
        await holds(lab, input as Input)
        await lab.requireQuiet()
      })
      .beforeEach(() => lab.clearAlarms()),
})
