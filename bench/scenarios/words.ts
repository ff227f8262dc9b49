import type { SlicedWork } from '../../shared/runtime/slices.ts'
import { buildAutomaton } from '../../shared/safety/words/build-automaton.ts'
import { checkWords } from '../../shared/safety/words/check-words.ts'
import type { WordAutomaton } from '../../shared/safety/words/word-automaton.ts'
import { parseWordList } from '../../shared/safety/words/word-list.ts'
import { between, type Random, randomFrom } from '../../testing/rig/random.ts'
import { startCpuClock } from '../../testing/stats/own-cpu.ts'
import type { Scenario } from './scenario.ts'

const sizes = [10, 10_000, 100_000] as const
const repeats = 1_000

/** The processor time of a list of words, beside that of the prompt's own JSON: for a prompt of 2,000 characters, for the build of
 *  the list, and for the longest part of the build, which is what a call may wait for. */
export const words: Scenario = {
  name: 'words',
  title: 'Lists of words, in the process: a prompt of 2,000 characters in which nearly every character begins a word',
  run: async ({ samples, options }) => {
    const random = randomFrom(1)
    const text = toText(random, 2_000)
    const lists = sizes.map((size) => Array.from({ length: size }, () => toText(random, 4)).join('\n'))
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

/** Makes a text of 5,000 different characters, the same in each run. */
const toText = (random: Random, length: number): string =>
  Array.from({ length }, () => String.fromCharCode(between(random, 0x4e00, 0x4e00 + 4_999))).join('')

const measurePrompt = (check: () => unknown): number => {
  const readMs = startCpuClock()
  for (let count = 0; count < repeats; count++) check()
  return (readMs() * 1_000) / repeats
}

const measureBuild = (list: string) => {
  let automaton: WordAutomaton | undefined
  let build_ms = 0
  let part_ms = 0
  const work = readAll(list)
  while (!automaton) {
    const readMs = startCpuClock()
    automaton = work.next().value
    const ms = readMs()
    build_ms += ms
    part_ms = Math.max(part_ms, ms)
  }
  return { automaton, build_ms, part_ms }
}

function* readAll(list: string): SlicedWork<WordAutomaton> {
  const { value = [] } = yield* parseWordList(list, 'list')
  return yield* buildAutomaton(value)
}
