import type { CheckService } from '../../protocol/safety.ts'
import type { Log } from '../../runtime/log.ts'
import { tencentTms } from '../../safety/services/tencent-tms.ts'
import { webhookCheck } from '../../safety/services/webhook.ts'
import { wechatCheck } from '../../safety/services/wechat.ts'
import { withoutFailure } from '../../safety/services/without-failure.ts'
import type { WordAutomaton } from '../../safety/words/word-automaton.ts'
import type { Config } from '../config/config.ts'
import { type ModerationConfig, readModerationConfig, type ServiceConfig } from '../config/moderation-config.ts'
import { createWordSource } from './word-source.ts'

/** What checks the texts of a configuration. */
export interface Checkers {
  /** Whether calls are served whose texts could not be checked. */
  readonly failOpen: boolean
  /** The sentence that stands in for a blocked reply. */
  readonly refusal: string | undefined
  /** Which answers are checked, if the model's entry does not choose. */
  readonly answers: ModerationConfig['answers']
  /** The name of the checker in records. */
  readonly name: string
  /** The service, which never rejects; undefined: there is none. */
  readonly service: CheckService | undefined
  /** Resolves with the words in use and their faults. With a fault, texts cannot be checked as the owner wants. */
  readonly current: () => Promise<{ readonly words: WordAutomaton | undefined; readonly problem: string | undefined }>
  /** Lists what the owner must correct. */
  readonly listProblems: () => Promise<readonly string[]>
}

/** Creates the checkers of a configuration. A fault is logged at once, and each time when an edit of the words cannot be
 *  used. */
export const createCheckers = ({ moderation }: Pick<Config, 'moderation'>, log: Log): Checkers => {
  const options = readModerationConfig(moderation ?? { environment: {}, ttlMs: 0 })
  const warn = (help: string): void => log('error', 'moderation_misconfigured', { help })
  const problems = moderation ? options.problems : [switchedOff]
  for (const problem of problems) warn(problem)
  const words = options.words && createWordSource(options.words, warn)
  void words?.current()
  const service = options.service && createService(options.service)
  return {
    failOpen: options.failOpen,
    refusal: options.refusal,
    answers: options.answers,
    service: service && withoutFailure(service, { ...options, log }),
    name: options.checker ?? 'none',
    current: async () => {
      const list = await words?.current()
      return { words: list?.value, problem: problems[0] ?? list?.problem }
    },
    listProblems: async () => [...problems, ...[(await words?.findProblem()) ?? []].flat()],
  }
}

const switchedOff = 'A model asks for a check of its texts (`moderation`), and MODERATION is off. Set MODERATION.'

const createService = (config: ServiceConfig): CheckService => {
  if (config.kind === 'tms') return tencentTms(config.options)
  return config.kind === 'wechat' ? wechatCheck(config.options) : webhookCheck(config.options)
}
