import * as fc from 'fast-check'
import type { Lab } from './lab.ts'
import type { FuzzProperty } from './property.ts'

/** What a property is made of: what is drawn, and what must hold for each draw. */
interface Law<Input> extends Pick<FuzzProperty, 'area' | 'title' | 'weight'> {
  readonly draws: fc.Arbitrary<Input>
}

/** A property of something that runs within this process. A case may take a second, because what parses must not be slow either. */
export const parserProperty = <Input>({
  draws,
  holds,
  ...named
}: Law<Input> & { readonly holds: (input: Input) => void }): FuzzProperty => ({
  ...named,
  on: () =>
    fc.asyncProperty(draws as fc.Arbitrary<unknown>, (input) => {
      const begin = performance.now()
      holds(input as Input)
      const tookMs = performance.now() - begin
      return tookMs > slowMs ? Promise.reject(new Error(`it took ${Math.round(tookMs)} ms`)) : Promise.resolve()
    }),
})

/** Longest time of one case within this process, in milliseconds: a pause of the machine is no fault of a parser's. */
const slowMs = 1_000

/** A property of the built functions. After each case their logs must be free of what no request may cause. */
export const wireProperty = <Input>({
  draws,
  holds,
  ...named
}: Law<Input> & { readonly holds: (lab: Lab, input: Input) => Promise<void> }): FuzzProperty => ({
  ...named,
  on: (lab) =>
    fc
      .asyncProperty(draws as fc.Arbitrary<unknown>, async (input) => {
        await holds(lab, input as Input)
        await lab.requireQuiet()
      })
      .beforeEach(() => lab.forgetComplaints()),
})
