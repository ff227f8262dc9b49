import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http'

/** Options of a call, as `wx.request` and `wx.cloud.callHTTPFunction` take them. */
interface CallOptions {
  readonly method?: string
  readonly header?: Readonly<Record<string, string>>
  readonly data?: string | ArrayBuffer
  readonly success?: (reply: { statusCode: number; header: object; data: unknown }) => void
  readonly fail?: (failure: { errMsg: string }) => void
}

/** Options of the stand-in. */
export interface MiniProgramOptions {
  /** Origin of the gateway. */
  readonly url: string
  readonly openId: string
  /** Runs a cloud function for the user and returns its result. */
  readonly callFunction: (name: string, openId: string) => Promise<unknown>
  /** Cuts the bytes of one network packet into the pieces that the app gets. Default: byte by byte. */
  readonly cut?: (bytes: Buffer) => readonly Buffer[]
  /** `without_chunks`: an old base library, which knows no chunks and no `callHTTPFunction`. */
  readonly base?: 'new' | 'without_chunks'
}

/** A request that the app has made. */
export interface MiniProgramCall {
  readonly by: 'callHTTPFunction' | 'request'
  readonly path: string
  readonly contentType: string | undefined
  /** Whether the body was bytes and no text. */
  readonly isBinary: boolean
}

/** Stands in for the object `wx` of a mini program, over real HTTP to a gateway: `cloud.callFunction`,
 *  `cloud.callHTTPFunction` with `onChunkedReceived`, and `request` with `onChunkReceived`. It adds the headers that the platform
 *  adds, and hands each piece over as an ArrayBuffer. */
export const createMiniProgram = (options: MiniProgramOptions) => {
  const calls: MiniProgramCall[] = []
  const functionCalls: string[] = []
  const perform = (
    by: MiniProgramCall['by'],
    target: string,
    call: CallOptions,
    onChunk: (data: ArrayBuffer) => void,
  ) => {
    const isBinary = call.data !== undefined && typeof call.data !== 'string'
    calls.push({ by, path: new URL(target).pathname, contentType: call.header?.['Content-Type'], isBinary })
    const headers = { ...call.header, 'x-wx-openid': options.openId, 'x-wx-source': 'wx_client' }
    const sent = requestHttp(target, { method: call.method ?? 'GET', headers, agent: false }, (message) => {
      readReply(message, { ...options, call, onChunk })
    })
    sent.once('error', () => call.fail?.({ errMsg: `${by}:fail` }))
    sent.end(typeof call.data === 'object' ? Buffer.from(call.data) : call.data)
    return createTask(sent)
  }
  return {
    calls,
    functionCalls,
    wx: {
      cloud: {
        callFunction: (call: { name: string; success: (reply: object) => void; fail: (failure: object) => void }) => {
          functionCalls.push(call.name)
          options.callFunction(call.name, options.openId).then(
            (result) => call.success({ result, errMsg: 'cloud.callFunction:ok' }),
            () => call.fail({ errMsg: 'cloud.callFunction:fail' }),
          )
        },
        ...(options.base !== 'without_chunks' && {
          callHTTPFunction: (
            call: CallOptions & { path: string; onChunkedReceived?: (chunk: { data: ArrayBuffer }) => void },
          ) => perform('callHTTPFunction', options.url + call.path, call, (data) => call.onChunkedReceived?.({ data })),
        }),
      },
      request: (call: CallOptions & { url: string }) => {
        let listener: ((chunk: { data: ArrayBuffer }) => void) | undefined
        const task = perform('request', call.url, call, (data) => listener?.({ data }))
        if (options.base === 'without_chunks') return task
        return {
          ...task,
          onChunkReceived: (given: typeof listener): void => {
            listener = given
          },
        }
      },
    },
  }
}

const createTask = (sent: ClientRequest) => ({ abort: () => void sent.destroy() })

interface Reading extends MiniProgramOptions {
  readonly call: CallOptions
  readonly onChunk: (data: ArrayBuffer) => void
}

const readReply = (message: IncomingMessage, { call, onChunk, base, cut = cutBytes }: Reading): void => {
  const whole: Buffer[] = []
  message.on('data', (bytes: Buffer) => {
    if (base === 'without_chunks') whole.push(bytes)
    else for (const piece of cut(bytes)) onChunk(toArrayBuffer(piece))
  })
  message.once('error', () => call.fail?.({ errMsg: 'request:fail' }))
  message.once('end', () => {
    const data = base === 'without_chunks' ? toArrayBuffer(Buffer.concat(whole)) : ''
    call.success?.({ statusCode: message.statusCode ?? 0, header: message.headers, data })
  })
}

const cutBytes = (bytes: Buffer): Buffer[] => [...bytes].map((byte) => Buffer.of(byte))

const toArrayBuffer = (bytes: Buffer): ArrayBuffer => Uint8Array.from(bytes).buffer
