import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { median } from '../../testing/stats/summary.ts'
import { builtFunction } from '../targets.ts'
import { scripts } from '../wire/script.ts'
import { completions, interleave, meterLoad, type Scenario } from './scenario.ts'

const connections = 50
const { steady, brief } = scripts
const order = completions(steady, { connections, requests: connections, spreadMs: steady.everyMs })
const first = completions(brief, { connections: 1, requests: 60 })
const warmUp = completions(brief, { connections: 16, requests: 1_000 })

/** What the check of prompts and answers adds, with a list of 10,000 words. */
export const moderation: Scenario = {
  name: 'moderation',
  title: `Checked by 10,000 words, prompt and answer: first event one stream at a time; ${connections} streams at once`,
  run: async (lab) => {
    const { harness, options, samples } = lab
    const target = builtFunction('llm-chat-completions', harness, options.parts)
    const environment = { ...target.command.environment, ...checks(writeWords()) }
    const subjects = [
      await lab.start('ours', target),
      await lab.start('checked', { ...target, command: { ...target.command, environment } }),
    ]
    for (const subject of subjects) await lab.load(subject, warmUp)
    await interleave(lab, subjects, async (subject, round) => {
      const { firstByteMs } = await lab.load(subject, first)
      const { cpu } = await meterLoad(lab, subject, order)
      const values = { ttft_ms: median(firstByteMs), event_cpu_us: (cpu * 1e3) / (connections * steady.events) }
      samples.add('moderation', subject.name, { round, values })
    })
    await lab.stop(subjects)
  },
}

const checks = (file: string): Record<string, string> => ({
  ...{ MODERATION: 'words', MODERATION_WORDS_FILE: file, MODERATION_ANSWERS: 'window' },
})

/** Writes words that the stream does not hold. Returns the path of the file. */
const writeWords = (): string => {
  const file = resolve('dist/bench', 'words.txt')
  writeFileSync(file, Array.from({ length: 10_000 }, (_, index) => `词语${index}`).join('\n'))
  return file
}
