import type { CheckService } from '../../protocol/safety.ts'
import type { Log } from '../../runtime/log.ts'
import { tencentTms } from '../../safety/services/tencent-tms.ts'
import { webhookCheck } from '../../safety/services/webhook.ts'
import { wechatCheck } from '../../safety/services/wechat.ts'
import { withoutFailure } from '../../safety/services/without-failure.ts'
import type { WordAutomaton } from '../../safety/words/word-automaton.ts'
import type { Config } from '../config/config.ts'
import { type ModerationConfig, readModerationConfig, type ServiceConfig } from '../config/moderation-config.ts'
import { toSharedStore } from '../config/usage-config.ts'
import { type CheckerState, createCheckerState } from './checker-state.ts'
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
  /** How the service does, as all functions know it; undefined: there is none, or they share no store. */
  readonly serviceState: CheckerState | undefined
  /** Resolves with the words in use and their fault. With a fault, texts cannot be checked as the owner wants. */
  readonly current: () => Promise<WordsInUse>
  /** Lists what the owner must correct. */
  readonly listProblems: () => Promise<readonly string[]>
}

/** The words in use. */
export interface WordsInUse {
  /** Undefined: there are none. */
  readonly words: WordAutomaton | undefined
  /** `misconfigured`: the owner must correct something. `unavailable`: stored words could not be read. */
  readonly fault: 'misconfigured' | 'unavailable' | undefined
}

/** Creates the checkers of a configuration. A fault is logged at once, and each time when an edit of the words cannot be
 *  used. */
export const createCheckers = ({ moderation, usage }: Pick<Config, 'moderation' | 'usage'>, log: Log): Checkers => {
  const options = readModerationConfig(moderation ?? { environment: {}, ttlMs: 0 })
  const warn = (help: string): void => log('error', 'moderation_misconfigured', { help })
  const problems = moderation ? options.problems : [switchedOff]
  for (const problem of problems) warn(problem)
  const store = toSharedStore(usage.store)
  const words = options.words && createWordSource({ ...options.words, store, onProblem: warn })
  if (!options.words?.stored) void words?.current()
  const service = options.service && createService(options.service)
  const serviceState = service && store && createCheckerState(store, { service: service.name })
  const { failOpen } = options
  return {
    failOpen,
    refusal: options.refusal,
    answers: options.answers,
    service: service && withoutFailure(service, { ...options, log, onCheck: serviceState?.note }),
    serviceState,
    name: options.checker ?? 'none',
    current: async () => {
      try {
        const list = await words?.current()
        const isFaulty = problems.length > 0 || list?.problem !== undefined
        return { words: list?.value, fault: isFaulty ? 'misconfigured' : undefined }
      } catch {
        log('error', 'moderation_unavailable', { checker: 'words', cause: 'store', served: failOpen })
        return { words: undefined, fault: 'unavailable' }
      }
    },
    listProblems: async () => [...problems, ...[(await words?.findProblem().catch(() => unreadWords)) ?? []].flat()],
  }
}

const unreadWords = 'The stored words cannot be read.'

const switchedOff = 'A model asks for a check of its texts (`moderation`), and MODERATION is off. Set MODERATION.'

const createService = (config: ServiceConfig): CheckService => {
  if (config.kind === 'tms') return tencentTms(config.options)
  return config.kind === 'wechat' ? wechatCheck(config.options) : webhookCheck(config.options)
}
