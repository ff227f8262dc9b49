import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { json, type Script, sse } from '../provider.ts'
import {
  asBoth,
  delta,
  message,
  type OddResponse,
  said,
  saidMessage,
  saidPieces,
  stop,
  toChunk,
  toEvent,
  toStream,
  usage,
} from './odd-response.ts'

const text = { text: said }
const chunks = [...saidPieces, stop]
const events = [...chunks.map(toEvent), toEvent('[DONE]')].join('')
const lines = chunks.map((chunk) => JSON.stringify(chunk))
const document = JSON.stringify(message(saidMessage))
const pretty = JSON.stringify(message(saidMessage), null, 2)
const typed = (type: string, ...body: (string | Buffer)[]): Script => ({ headers: { 'content-type': type }, body })
const both = (title: string, script: Script, reads: OddResponse['reads'] = text): OddResponse => ({
  title,
  ...asBoth(script),
  reads,
})
const bytes = (given: string | Buffer): Buffer[] => [...Buffer.from(given)].map((byte) => Buffer.from([byte]))
const utf16 = (given: string, swaps = false): Buffer => {
  const encoded = Buffer.from(`\ufeff${given}`, 'utf16le')
  return swaps ? encoded.swap16() : encoded
}
const inGbk = Buffer.from([0xc4, 0xe3, 0xba, 0xc3])
const inBig5 = Buffer.from([0xa7, 0x41, 0xa6, 0x6e])
/** Puts text of another encoding in the place of a mark. */
const encoded = (given: string, word: Buffer): Buffer[] => {
  const [before = '', ...after] = given.split('WORD')
  return [Buffer.from(before), ...after.flatMap((rest) => [word.subarray(0, 1), word.subarray(1), Buffer.from(rest)])]
}
const marked =
  [delta({ content: 'WORD' }), delta({ content: 'WORD' }, 'stop')].map(toEvent).join('') + toEvent('[DONE]')
const markedDocument = JSON.stringify(message({ role: 'assistant', content: 'WORDWORD' }))
const hello = { text: '你好你好' }
const charset = (title: string, name: string, word: Buffer): OddResponse => ({
  title,
  stream: typed(`text/event-stream; charset=${name}`, ...encoded(marked, word)),
  whole: typed(`application/json; charset=${name}`, ...encoded(markedDocument, word)),
  reads: hello,
})

/** Odd framings, encodings and JSON. */
export const framingResponses: readonly OddResponse[] = [
  both('a document for a stream, indented, over many pieces', json(pretty)),
  both('a document with blank lines before and after', json(`\n\n \r\n${document}\n\n`)),
  both('a document after a byte order mark', json(`\ufeff${document}`)),
  both('a document of type text/html', typed('text/html', document)),
  both('a document without a type', typed('', document)),
  both('events of type application/json', typed('application/json', events)),
  both('events of type text/plain', typed('text/plain; charset=utf-8', events)),
  both('events of type application/octet-stream', typed('application/octet-stream', events)),
  both('events one byte at a time', sse(...bytes(events))),
  both('a document one byte at a time', { body: bytes(document) }),
  both('JSON values without anything between them', typed('application/json', lines.join(''))),
  both('JSON values on lines', typed('application/x-ndjson', lines.join('\n'))),
  both('JSON values after commas', typed('application/json', lines.join(','))),
  both('`DATA:` in upper case', sse(events.replaceAll('data:', 'DATA:'))),
  both(
    'blanks before and after `data`',
    sse(events.replaceAll('data: ', '  data :   ').replaceAll('\n\n', '  \t\n\n')),
  ),
  both('tabs after `data:`', sse(events.replaceAll('data: ', 'data:\t'))),
  both('events without line ends between them', sse(events.replaceAll('\n\n', ''))),
  both(
    '`[DONE]` after the last event, without a line end',
    sse(`${chunks.map(toEvent).join('').trimEnd()}data: [DONE]`),
  ),
  both('`[DONE]` beside the last event', sse(`${chunks.map(toEvent).join('').trimEnd()} [DONE]\n\n`)),
  both(
    '`[DONE]` alone ends the choice, beside its event',
    sse(`${saidPieces.map(toEvent).join('').trimEnd()}[DONE]\n\n`),
  ),
  both('`[DONE]` twice', sse(events, toEvent('[DONE]'), toEvent('[DONE]'))),
  both('`[done]`', sse(...saidPieces.map(toEvent), 'data: [done]\n\n')),
  both('`[DONE]` without `data:`', sse(...saidPieces.map(toEvent), '[DONE]\n\n')),
  both('`[DONE]` with blanks in it', sse(...saidPieces.map(toEvent), 'data: [ DONE ]\n\n')),
  both('`[DONE]` in an object', sse(...saidPieces.map(toEvent), 'data: {"data":"[DONE]"}\n\n')),
  both('an end that an object tells', sse(...saidPieces.map(toEvent), 'data: {"done":true}\n\n')),
  both('an end that the name of an event tells', sse(...saidPieces.map(toEvent), 'event: done\ndata: {}\n\n')),
  both(
    'an end that the name of an event tells, without data',
    sse(...saidPieces.map(toEvent), 'event: end\ndata:\n\n'),
  ),
  both('`[END]`', sse(...saidPieces.map(toEvent), 'data: [END]\n\n')),
  both('`<|DONE|>`', sse(...saidPieces.map(toEvent), 'data: <|DONE|>\n\n')),
  both('NUL bytes around events', sse('\0\0', events.replaceAll('\n\n', '\n\n\0'))),
  both('NUL bytes after a document', json(`${document}\0\0\0`)),
  both('comments by the thousand', sse(': wait\n\n'.repeat(20_000), events)),
  both('blank lines by the thousand', sse('\n'.repeat(100_000), events)),
  both('one event of 100 KB', sse(toEvent(delta({ content: '字'.repeat(34_000) })), toEvent(stop)), {
    text: '字'.repeat(34_000),
  }),
  both('a status of 206', { ...sse(events), status: 206 }),
  both('a status of 201', { ...json(document), status: 201 }),
  both('commas before closing brackets', typed('application/json', `${document.slice(0, -1)},}`)),
  both('events with commas before closing brackets', sse(events.replaceAll('}]}', '},],}'))),
  both(
    'strings in single quotes, as Python writes them',
    sse(
      ...[...said].map(
        (piece) =>
          `data: {'id': 'c', 'choices': [{'index': 0, 'delta': {'role': 'assistant', 'content': '${piece}', 'refusal': None}, 'finish_reason': None}], 'ok': True}\n\n`,
      ),
      "data: {'choices': [{'index': 0, 'delta': {}, 'finish_reason': 'stop'}]}\n\n",
    ),
  ),
  both(
    'a document in single quotes',
    json(
      `{'id': 'c', 'choices': [{'index': 0, 'message': {'role': 'assistant', 'content': "it's \\"so\\"", 'x': 'it\\'s "so"'}, 'finish_reason': 'stop'}], 'usage': None}`,
    ),
    { text: `it's "so"` },
  ),
  both('line ends and tabs in strings', json(document.replace(said, 'a\tb\nc')), { text: 'a\tb\nc' }),
  both('tabs in the strings of events', sse(toEvent(delta({ content: 'TAB' })).replace('TAB', 'a\tb'), toEvent(stop)), {
    text: 'a\tb',
  }),
  both(
    'NaN and Infinity among log probabilities',
    sse(
      ...saidPieces.map((chunk) =>
        toEvent(chunk).replace(
          '"finish_reason":null',
          '"logprobs":{"content":[{"token":"a","logprob":-Infinity,"bytes":null,"top_logprobs":[{"token":"NaN","logprob":NaN,"bytes":null}]}]},"finish_reason":null',
        ),
      ),
      toEvent(stop),
    ),
  ),
  both(
    'NaN in a document',
    json(
      `{"choices":[{"index":0,"message":{"content":${JSON.stringify(said)},"score":NaN},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12,"x":-Infinity,"y":Infinity}}`,
    ),
    { ...text, usage: [7, 5, 12] },
  ),
  both(
    'NaN in usage',
    json(
      `{"choices":[{"index":0,"message":{"content":${JSON.stringify(said)}},"finish_reason":"stop"}],"usage":{"prompt_tokens":NaN}}`,
    ),
  ),
  both('gzip without a header', typed('text/event-stream', gzipSync(events))),
  both('gzip without a header, one byte at a time', typed('text/event-stream', ...bytes(gzipSync(events)))),
  both('deflate without a header', typed('application/json', deflateSync(document))),
  both('a document in gzip without a header', typed('application/json', gzipSync(document))),
  both('gzip with another header', {
    headers: { 'content-type': 'text/event-stream', 'content-encoding': 'deflate' },
    body: [gzipSync(events)],
  }),
  both('gzip in gzip', {
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip, gzip' },
    body: [gzipSync(gzipSync(document))],
  }),
  both('deflate without its own header', {
    headers: { 'content-type': 'application/json', 'content-encoding': 'deflate' },
    body: [deflateRawSync(document)],
  }),
  both('brotli', {
    headers: { 'content-type': 'application/json', 'content-encoding': 'br' },
    body: [brotliCompressSync(document)],
  }),
  both('UTF-16 in little endian with a mark', typed('text/event-stream', ...bytes(utf16(events)))),
  both('UTF-16 in big endian with a mark', typed('application/json', utf16(document, true))),
  charset('GBK', 'gbk', inGbk),
  charset('GB18030', 'GB18030', inGbk),
  charset('GB2312, in quotes', '"gb2312"', inGbk),
  charset('Big5', 'big5', inBig5),
  both('an unknown charset', typed('text/event-stream; charset=x-none', events)),
  both('a charset of Latin 1 for UTF-8', typed('application/json; charset=ISO-8859-1', document)),
  { title: 'usage after `[DONE]`', stream: sse(events, toEvent(toChunk({ choices: [], usage }))), reads: text },
  {
    title: 'words between events',
    stream: toStream('ping', ...saidPieces, 'null', '"keep"', '{"type":"ping"}', '1712492450', stop),
    reads: text,
  },
  {
    title: 'a byte order mark before each event',
    stream: sse(...chunks.map((chunk) => `\ufeff${toEvent(chunk)}`)),
    reads: text,
  },
  { title: 'the end of a connection without `[DONE]`', stream: sse(...chunks.map(toEvent)), reads: text },
  { title: 'a connection that stays open after the end', stream: sse(...chunks.map(toEvent), 'hang'), reads: text },
  {
    title: 'a connection that is cut after the end',
    stream: sse(...chunks.map(toEvent), toEvent(toChunk({ choices: [], usage })), 'cut'),
    reads: text,
  },
]
