import { useRef, useState } from 'preact/hooks'
import { CallFailure } from '../gateway/call-failure.ts'
import { findPoints, type Gateway } from '../gateway/gateway.ts'
import { type ChatRequest, type ReplyListener, streamChat } from '../gateway/stream-chat.ts'
import { changeReply, isRunning, newReply, type Reply, type Turn, toMessages } from './turns.ts'

/** A conversation and what can be done with it. */
export interface Chat {
  readonly turns: readonly Turn[]
  readonly isBusy: boolean
  readonly send: (model: string, prompt: string) => void
  /** Sends the question of the last turn again, in its place. */
  readonly retry: (model: string) => void
  readonly stop: () => void
  /** Ends the reply that still comes, and forgets all turns. */
  readonly clear: () => void
}

/** The record of a reply that was stopped is written when the function has noticed. */
const pointsWaitsMs = [0, 400, 1_500]

/** Keeps one conversation with a gateway. */
export const useChat = (gateway: Gateway): Chat => {
  const [turns, setTurns] = useState<readonly Turn[]>([])
  const controller = useRef<AbortController | undefined>(undefined)
  const nextId = useRef(1)
  const start = (before: readonly Turn[], model: string, prompt: string): void => {
    const id = nextId.current++
    const request = { model, messages: toMessages(before, prompt) }
    setTurns([...before, { id, request, reply: newReply }])
    controller.current = new AbortController()
    const change = (edit: (reply: Reply) => Reply): void => setTurns((current) => changeReply(current, id, edit))
    runCall(gateway, request, { change, signal: controller.current.signal }).catch(console.error)
  }
  const isBusy = turns.some(({ reply }) => isRunning(reply))
  return {
    turns,
    isBusy,
    send: (model, prompt) => start(turns, model, prompt),
    retry: (model) => {
      const last = turns.at(-1)
      if (last && !isBusy) start(turns.slice(0, -1), model, last.request.messages.at(-1)?.content ?? '')
    },
    stop: () => controller.current?.abort(),
    clear: () => {
      controller.current?.abort()
      setTurns([])
    },
  }
}

interface Running {
  readonly change: (edit: (reply: Reply) => Reply) => void
  readonly signal: AbortSignal
}

const runCall = async (gateway: Gateway, request: ChatRequest, { change, signal }: Running): Promise<void> => {
  const started = performance.now()
  const changes = collectChanges(change)
  let requestId: string | undefined
  let hasPoints = false
  const listener: ReplyListener = {
    onStart: (id) => {
      requestId = id
      changes.add((reply) => ({ ...reply, requestId: id }))
    },
    onThinking: (text) => changes.add((reply) => ({ ...reply, state: 'streaming', thinking: reply.thinking + text })),
    onText: (text) => changes.add((reply) => ({ ...reply, state: 'streaming', text: reply.text + text })),
    onFinish: (finishReason) => changes.add((reply) => ({ ...reply, finishReason })),
    onUsage: (usage, { charged, balance }) => {
      hasPoints = charged !== undefined
      changes.add((reply) => ({ ...reply, usage, points: charged, balance }))
    },
  }
  const end = await streamChat(gateway, request, { listener, signal }).then(
    (): Partial<Reply> => ({ state: 'done' }),
    (error: unknown): Partial<Reply> => toEnd(error, signal),
  )
  changes.add((reply) => ({ ...reply, ...end, durationMs: performance.now() - started }))
  changes.flush()
  if (requestId === undefined || hasPoints) return
  const points = await waitForPoints(gateway, requestId)
  change((reply) => ({ ...reply, points }))
}

const toEnd = (error: unknown, signal: AbortSignal): Partial<Reply> => {
  if (signal.aborted) return { state: 'stopped' }
  if (error instanceof CallFailure) return { state: 'failed', failure: error.facts }
  throw error
}

const waitForPoints = async (gateway: Gateway, requestId: string): Promise<number | undefined> => {
  for (const waitMs of pointsWaitsMs) {
    await new Promise((resolve) => setTimeout(resolve, waitMs))
    const points = await findPoints(gateway, requestId)
    if (points !== undefined) return points
  }
  return undefined
}

/** Collects the changes of a frame, so that a fast stream draws once a frame. */
const collectChanges = (change: Running['change']) => {
  let edits: ((reply: Reply) => Reply)[] = []
  let frame = 0
  const flush = (): void => {
    cancelAnimationFrame(frame)
    frame = 0
    const own = edits
    edits = []
    if (own.length > 0) change((reply) => own.reduce((result, edit) => edit(result), reply))
  }
  const add = (edit: (reply: Reply) => Reply): void => {
    edits.push(edit)
    frame ||= requestAnimationFrame(flush)
  }
  return { add, flush }
}
