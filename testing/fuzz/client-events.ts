import { equal, ok } from 'node:assert/strict'
import { requireErrorObject } from './expect-reply.ts'

/** The data of each event of a stream, as a client reads it (WHATWG HTML, "Interpreting an event stream"). */
export const clientEvents = (text: string): string[] =>
  text
    .replace(/\r\n|\r/g, '\n')
    .split('\n\n')
    .map((event) => event.split('\n').filter((line) => line.startsWith('data:')))
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => line.slice(line[5] === ' ' ? 6 : 5)).join('\n'))

/** Requires a stream that ends: every event is a JSON object, and the last, only the last, is `[DONE]` or an error. */
export const requireEndedStream = (text: string): void => {
  const events = clientEvents(text)
  for (const [index, data] of events.entries()) {
    const isLast = index === events.length - 1
    if (data === '[DONE]') {
      ok(isLast, 'something came after [DONE]')
      continue
    }
    const fields = JSON.parse(data) as Record<string, unknown>
    const isError = 'error' in fields && !('choices' in fields)
    equal(isError, isLast, `event ${index} of ${events.length}: ${data}`)
    if (isError) requireErrorObject(fields['error'] as Record<string, unknown>)
  }
  ok(events.length > 0, 'the stream was empty')
}
