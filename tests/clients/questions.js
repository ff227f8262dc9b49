import { oddResponses } from '../../testing/stand-ins/odd-responses/all.ts'
import { kinds } from './kinds.js'

/** What a client must read of an odd response, or that its call fails. */
const toReads = (reads) =>
  'status' in reads
    ? { fails: true }
    : { text: reads.text ?? '', cities: (reads.calls ?? []).map(([, json]) => json), reason: reads.reason }

/** The questions to which the scripted provider gives kinds of odd answers: each with the forms in which it is asked, and what a client
 *  must read: `text`, and `cities`, the arguments of the calls as JSON; or that the call `fails`. */
export const listQuestions = () => [
  ...Object.entries(kinds).map(([name, { reads }]) => ({
    question: `kind ${name}`,
    forms: ['stream', 'whole'],
    reads,
  })),
  ...oddResponses.map(({ title, stream, whole, reads }) => ({
    question: `odd ${title}`,
    forms: [...(stream ? ['stream'] : []), ...(whole ? ['whole'] : [])],
    reads: toReads(reads),
  })),
]
