import type { SlicedWork } from '../../shared/runtime/slices.ts'
import { checkWords } from '../../shared/safety/check-words.ts'
import { buildAutomaton } from '../../shared/safety/words/build-automaton.ts'
import type { WordAutomaton } from '../../shared/safety/words/word-automaton.ts'
import { parseWordList } from '../../shared/safety/words/word-list.ts'
import type { Scenario } from './scenario.ts'

const sizes = [10, 10_000, 100_000] as const
const repeats = 1_000

/** The processor time of a list of words, beside that of the prompt's own JSON: for a prompt of 2,000 characters, for the build of
 *  the list, and for the longest part of the build, which is what a call may wait for. */
export const words: Scenario = {
  name: 'words',
  title: 'Lists of words, in the process: a prompt of 2,000 characters in which nearly every character begins a word',
  run: async ({ samples, options }) => {
    const pick = createPicker()
    const text = toText(pick, 2_000)
    const lists = sizes.map((size) => Array.from({ length: size }, () => toText(pick, 4)).join('\n'))
    for (let round = 0; round <= options.rounds; round++) {
      const add = (target: string, values: Record<string, number>): void => {
        if (round > 0) samples.add('words', target, { round, values })
      }
      add('JSON of the prompt', {
        prompt_us: measurePrompt(() => JSON.stringify(JSON.parse(JSON.stringify({ text })))),
      })
      for (const [index, list] of lists.entries()) {
        const { automaton, ...values } = measureBuild(list)
        const prompt_us = measurePrompt(() => checkWords(automaton, text))
        add(`${sizes[index]} words`, { prompt_us, ...values })
      }
    }
  },
}

/** Picks numbers below 5,000, the same in each run. */
const createPicker = (): (() => number) => {
  let seed = 1
  return () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
    return (seed >>> 8) % 5_000
  }
}

const toText = (pick: () => number, length: number): string =>
  Array.from({ length }, () => String.fromCharCode(0x4e00 + pick())).join('')

const cpuUs = (work: () => void): number => {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return user + system
}

const measurePrompt = (check: () => unknown): number =>
  cpuUs(() => {
    for (let count = 0; count < repeats; count++) check()
  }) / repeats

const measureBuild = (list: string) => {
  let automaton: WordAutomaton | undefined
  let build_ms = 0
  let part_ms = 0
  const work = readAll(list)
  while (!automaton) {
    const ms = cpuUs(() => (automaton = work.next().value)) / 1_000
    build_ms += ms
    part_ms = Math.max(part_ms, ms)
  }
  return { automaton, build_ms, part_ms }
}

function* readAll(list: string): SlicedWork<WordAutomaton> {
  const { value = [] } = yield* parseWordList(list, 'list')
  return yield* buildAutomaton(value)
}
