/** Reads the data of each event of a stream. A character or a line break that is cut between two pieces stays whole. An event that
 *  has no empty line after it is not complete, and is left out (WHATWG HTML, "Interpreting an event stream"). */
export const readEvents = async function* (body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let data: string[] = []
  for await (const line of readLines(body)) {
    if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''))
    if (line !== '') continue
    if (data.length > 0) yield data.join('\n')
    data = []
  }
}

const readLines = async function* (body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for (let done = false; !done; ) {
      const piece = await reader.read()
      done = piece.done
      rest += decoder.decode(piece.value, { stream: !done })
      // A CR at the end may be the first half of a CRLF.
      const lines = rest.split(done ? /\r\n|\n|\r/ : /\r\n|\n|\r(?!$)/)
      rest = lines.pop() ?? ''
      yield* lines
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}
