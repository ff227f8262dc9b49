import { setTimeout as wait } from 'node:timers/promises'

export interface PollOptions {
  /** How long to go on asking, in milliseconds. */
  readonly patienceMs: number
  /** Pause between two questions, in milliseconds. */
  readonly pauseMs?: number
}

/** Asks at least once, and again until an answer will do or patience is at an end; the last answer. */
export const poll = async <Answer>(
  ask: () => Promise<Answer>,
  isEnough: (answer: Answer) => boolean,
  { patienceMs, pauseMs = 1_000 }: PollOptions,
): Promise<Answer> => {
  const deadline = Date.now() + patienceMs
  for (;;) {
    const answer = await ask()
    if (isEnough(answer) || Date.now() > deadline) return answer
    await wait(pauseMs)
  }
}
