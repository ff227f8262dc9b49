import { equal, ok } from 'node:assert/strict'
import { requireErrorObject } from './expect-reply.ts'

/** Returns the data of each event of a stream, as a client reads it (WHATWG HTML, "Interpreting an event stream"). */
export const parseClientEvents = (text: string): string[] =>
  text
    .replace(/\r\n|\r/g, '\n')
    .split('\n\n')
    .map((event) => event.split('\n').filter((line) => line.startsWith('data:')))
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => line.slice(line[5] === ' ' ? 6 : 5)).join('\n'))

/** Requires a complete stream: every event is a JSON object, and only the last one is `[DONE]` or an error. */
export const requireEndedStream = (text: string): void => {
  const events = parseClientEvents(text)
  for (const [index, data] of events.entries()) {
    const isLast = index === events.length - 1
    if (data === '[DONE]') {
      ok(isLast, 'an event came after [DONE]')
      continue
    }
    const fields = JSON.parse(data) as Record<string, unknown>
    const isError = 'error' in fields && !('choices' in fields)
    equal(isError, isLast, `event ${index} of ${events.length}: ${data}`)
    if (isError) requireErrorObject(fields['error'] as Record<string, unknown>)
  }
  ok(events.length > 0, 'the stream was empty')
}
