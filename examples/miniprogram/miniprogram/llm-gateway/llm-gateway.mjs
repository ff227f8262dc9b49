// Made of event-reader.js and llm-gateway.js by npm run docs. 由 npm run docs 生成。
/**
 * Reads server-sent events from pieces of bytes that are cut anywhere. Some devices have no TextDecoder, so this file decodes
 * UTF-8 itself. ES5 only: it runs as it is, without a build step.
 *
 * 从任意截断的字节块中读取 SSE 事件。部分真机没有 TextDecoder，所以自行解码 UTF-8。只用 ES5，无需编译。
 */

var lineFeed = 10
var carriageReturn = 13
var replacement = 0xfffd
/** The least code point of a sequence of so many bytes: a longer form of a shorter one is invalid. */
var leastPoints = [0, 0, 0x80, 0x800, 0x10000]

/** Returns how many bytes follow the first byte of a character; -1 if no character begins with it. */
function countFollowing(first) {
  if (first < 0x80) return 0
  if (first >= 0xc2 && first < 0xe0) return 1
  if (first >= 0xe0 && first < 0xf0) return 2
  return first >= 0xf0 && first < 0xf5 ? 3 : -1
}

/** Reads the character at an index. Returns its code point and the index behind it. */
function readCharacter(bytes, start) {
  var following = countFollowing(bytes[start])
  if (following < 0) return { point: replacement, end: start + 1 }
  var point = following === 0 ? bytes[start] : bytes[start] & (0x3f >> following)
  var end = start + 1
  for (; end <= start + following; end++) {
    if ((bytes[end] & 0xc0) !== 0x80) return { point: replacement, end: end }
    point = (point << 6) | (bytes[end] & 0x3f)
  }
  var isSurrogate = point >= 0xd800 && point < 0xe000
  var isTooLong = point < leastPoints[following + 1] || point > 0x10ffff
  return { point: isSurrogate || isTooLong ? replacement : point, end: end }
}

/** Decodes UTF-8 bytes of whole characters. An invalid byte becomes U+FFFD. */
function decodeUtf8(bytes) {
  var text = ''
  for (var index = 0; index < bytes.length; ) {
    var character = readCharacter(bytes, index)
    var rest = character.point - 0x10000
    text +=
      rest < 0
        ? String.fromCharCode(character.point)
        : String.fromCharCode(0xd800 + (rest >> 10), 0xdc00 + (rest & 0x3ff))
    index = character.end
  }
  return text
}

/** Encodes a text as UTF-8 bytes. Half of a surrogate pair becomes U+FFFD. */
function encodeUtf8(text) {
  var encoded = encodeURIComponent(
    text.replace(/[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g, function (match) {
      return match.length === 2 ? match : '\ufffd'
    })
  )
  var bytes = []
  for (var index = 0; index < encoded.length; index++) {
    if (encoded.charAt(index) !== '%') bytes.push(encoded.charCodeAt(index))
    else {
      bytes.push(parseInt(encoded.substr(index + 1, 2), 16))
      index += 2
    }
  }
  return new Uint8Array(bytes)
}

/**
 * Creates a reader. `push` takes a piece of bytes: an ArrayBuffer, a typed array or a text. `onData` gets the data of each
 * whole event (WHATWG HTML, "Interpreting an event stream"). Lines end with LF, CRLF or CR; comments are skipped.
 */
function createEventReader(onData) {
  var line = []
  var data = []
  var wasReturn = false
  function endLine() {
    var text = decodeUtf8(line)
    line = []
    if (text.charAt(0) === '\ufeff') text = text.slice(1)
    if (text === '') {
      if (data.length > 0) onData(data.splice(0).join('\n'))
    } else if (text === 'data') data.push('')
    else if (text.slice(0, 5) === 'data:') data.push(text.charAt(5) === ' ' ? text.slice(6) : text.slice(5))
  }
  return {
    push: function (piece) {
      var bytes = toBytes(piece)
      for (var index = 0; index < bytes.length; index++) {
        var byte = bytes[index]
        if (byte === carriageReturn || (byte === lineFeed && !wasReturn)) endLine()
        else if (byte !== lineFeed) line.push(byte)
        wasReturn = byte === carriageReturn
      }
    }
  }
}

/** Returns the bytes of a piece: platforms send ArrayBuffers, typed arrays or, on some, texts. */
function toBytes(piece) {
  if (typeof piece === 'string') return encodeUtf8(piece)
  if (piece && piece.buffer && typeof piece.byteOffset === 'number')
    return new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength)
  return piece && typeof piece.byteLength === 'number' ? new Uint8Array(piece) : new Uint8Array(0)
}

/**
 * Client of the gateway for mini programs: WeChat's own, uni-app and Taro. ES5 only, no dependencies.
 * 小程序客户端，适用于微信原生、uni-app 与 Taro。只用 ES5，没有依赖。
 *
 *   var gateway = createGateway({ env: 'your-env-id' })
 *   var task = gateway.chat({ model: 'glm-4.5', messages: messages, onText: show, onDone: done, onError: fail })
 *   task.abort()
 */

var reader = { createEventReader: createEventReader, decodeUtf8: decodeUtf8, encodeUtf8: encodeUtf8, toBytes: toBytes }

/** A longer body goes as bytes: the HTTP access service takes 100 KB of text, and more of any other type. */
var maxTextBytes = 90000
/** How much of a reply is kept to read its error, in bytes. */
var maxErrorBytes = 65536
/** A ticket is renewed so many milliseconds before its end. */
var renewalMs = 30000

/** The functions by the path that they serve. */
var functions = [
  { path: '/v1/chat/completions', name: 'llm-chat-completions' },
  { path: '/v1/wallet', name: 'llm-wallet' },
  { path: '/v1/usage', name: 'llm-usage' },
  { path: '/v1/models', name: 'llm-models' }
]

/**
 * Creates a client. Options:
 *   env       id of the CloudBase environment; calls then need no domain list (base library 3.15.2 and later)
 *   url       the gateway's address, for devices without `wx.cloud.callHTTPFunction`
 *   transport 'function' or 'request'; by default what the device can do
 *   getToken  function (done) that calls done(error, { token, expires_in }); by default it calls llm-ticket
 *   wx        the platform's object; default `wx`
 */
function createGateway(options) {
  var platform = options.wx || wx
  var tokens = createTokens(options.getToken || ticketGetter(platform, options.env))
  var context = { options: options, platform: platform, tokens: tokens }
  return {
    chat: function (call) {
      return chat(context, call)
    },
    get: function (path, call) {
      return getJson(context, path, call)
    }
  }
}

/** Returns a function that gets a ticket for the user of the mini program. */
function ticketGetter(platform, env) {
  return function (done) {
    platform.cloud.callFunction({
      name: 'llm-ticket',
      data: {},
      config: env ? { env: env } : undefined,
      success: function (answer) {
        var result = answer.result || {}
        if (result.ok) done(undefined, result)
        else done(createError(result.code || 'TICKET_FAILED', result.message || 'llm-ticket did not give a ticket.'))
      },
      fail: function (failure) {
        done(createError('TICKET_FAILED', failure.errMsg))
      }
    })
  }
}

/** Keeps a token until shortly before its end. Calls that wait at the same time share one request. */
function createTokens(getToken) {
  var kept
  var waiting = []
  function settle(error, result) {
    var callbacks = waiting.splice(0)
    if (!error) kept = { token: result.token, until: Date.now() + (result.expires_in || 0) * 1000 - renewalMs }
    for (var index = 0; index < callbacks.length; index++) callbacks[index](error, result && result.token)
  }
  return {
    get: function (done) {
      if (kept && kept.until > Date.now()) return done(undefined, kept.token)
      waiting.push(done)
      if (waiting.length === 1) getToken(settle)
    },
    drop: function (token) {
      if (kept && kept.token === token) kept = undefined
    }
  }
}

/**
 * Sends a chat and reads its stream. `call` has the request's fields in `body`, or `model` and `messages`; and callbacks:
 *   onText(text), onThought(text)   each piece
 *   onDone({ text, thought, finishReason, usage })
 *   onError({ code, message, status, requestId, retryAfter })
 * Exactly one of onDone and onError is called, once; neither after abort().
 */
function chat(context, call) {
  var answer = { text: '', thought: '', finishReason: null, usage: null }
  var body = copy(call.body || {}, { model: call.model, messages: call.messages, stream: true })
  if (!body.stream_options) body.stream_options = { include_usage: true }
  return send(context, { path: '/v1/chat/completions', method: 'POST', body: body }, call, {
    isStream: true,
    onData: function (data, end, emit) {
      if (data === '[DONE]') return end(undefined, answer)
      var event = parseJson(data)
      if (!event || event.error) return end(readError(event, {}))
      readChunk(event, answer, function (name, text) {
        emit(call[name], text)
      })
    }
  })
}

/** Adds a chunk to the answer, and passes its text on. */
function readChunk(event, answer, emit) {
  if (event.usage) answer.usage = event.usage
  var choice = (event.choices || [])[0]
  if (!choice) return
  var delta = choice.delta || {}
  if (choice.finish_reason) answer.finishReason = choice.finish_reason
  if (delta.reasoning_content) {
    answer.thought += delta.reasoning_content
    emit('onThought', delta.reasoning_content)
  }
  if (delta.content) {
    answer.text += delta.content
    emit('onText', delta.content)
  }
}

/** Reads a document, such as `/v1/wallet`. onDone gets it. */
function getJson(context, path, call) {
  findFunction(path)
  return send(context, { path: path, method: 'GET' }, call, { isStream: false })
}

/** Sends a request with the user's token. If the token is refused, gets another one and sends it once more. */
function send(context, request, call, reading) {
  var state = { isOver: false, task: undefined }
  function end(error, answer) {
    if (state.isOver) return
    state.isOver = true
    if (error) {
      if (call.onError) call.onError(error)
    } else if (call.onDone) call.onDone(answer)
  }
  function attempt(mayRepeat) {
    context.tokens.get(function (error, token) {
      if (state.isOver) return
      if (error) return end(toError(error))
      state.task = transmit(
        context,
        request,
        token,
        receive(state, reading, end, function (refused) {
          context.tokens.drop(token)
          if (mayRepeat) attempt(false)
          else end(refused)
        })
      )
      if (state.isOver) stop(state.task)
    })
  }
  attempt(true)
  return {
    abort: function () {
      if (state.isOver) return
      state.isOver = true
      stop(state.task)
    }
  }
}

function stop(task) {
  if (task && typeof task.abort === 'function') task.abort()
}

/** Creates the callbacks of one attempt. */
function receive(state, reading, end, onRefused) {
  var kept = []
  var size = 0
  var isOver = false
  function finish(error, answer) {
    isOver = true
    end(error, answer)
  }
  function emit(callback, text) {
    if (callback && !state.isOver) callback(text)
  }
  var events = reader.createEventReader(function (data) {
    if (!state.isOver && !isOver) reading.onData(data, finish, emit)
  })
  function push(piece) {
    if (state.isOver || isOver) return
    var bytes = reader.toBytes(piece)
    size += bytes.length
    if (!reading.isStream || size <= maxErrorBytes)
      for (var index = 0; index < bytes.length; index++) kept.push(bytes[index])
    if (reading.isStream) events.push(bytes)
  }
  return {
    onChunk: push,
    onSuccess: function (reply) {
      if (size === 0) push(toPiece(reply.data))
      if (state.isOver || isOver) return
      isOver = true
      var document = parseJson(reader.decodeUtf8(kept))
      if (reply.statusCode === 401) onRefused(readError(document, reply))
      else judge(reply, document, reading, end)
    },
    onFail: function (failure) {
      if (!isOver) finish(createError('NETWORK', (failure && failure.errMsg) || 'The network failed.'))
    }
  }
}

/** Ends a call by its whole reply. A stream that has not ended by itself was cut. */
function judge(reply, document, reading, end) {
  if (reply.statusCode !== 200) end(readError(document, reply))
  else if (document && !reading.isStream) end(undefined, document)
  else end(createError('STREAM_CUT', 'The reply broke off. Try again.', reply))
}

/** The body of a reply that came whole, because the device knows no chunks. Some devices have parsed it already. */
function toPiece(body) {
  var isBytes = body && (typeof body === 'string' || typeof body.byteLength === 'number')
  return isBytes ? body : body ? JSON.stringify(body) : ''
}

/** Sends one request by what the device can do. Returns the platform's task. */
function transmit(context, request, token, received) {
  var header = {
    'X-Gateway-Token': token,
    Accept: request.method === 'POST' ? 'text/event-stream' : 'application/json'
  }
  var common = {
    method: request.method,
    header: header,
    enableChunked: true,
    success: received.onSuccess,
    fail: received.onFail
  }
  if (request.body) addBody(common, JSON.stringify(request.body))
  return usesFunction(context)
    ? callFunction(context, request, common, received)
    : callUrl(context, request, common, received)
}

function usesFunction(context) {
  var transport = context.options.transport
  if (transport) return transport === 'function'
  var cloud = context.platform.cloud
  return !!cloud && typeof cloud.callHTTPFunction === 'function'
}

/** A long text goes as bytes under another type. The gateway reads JSON whatever its type is. */
function addBody(common, text) {
  var bytes = text.length * 3 > maxTextBytes ? reader.encodeUtf8(text) : undefined
  var isLong = bytes !== undefined && bytes.length > maxTextBytes
  common.data = isLong ? bytes.buffer : text
  common.header['Content-Type'] = isLong ? 'application/octet-stream' : 'application/json'
}

/** `wx.cloud.callHTTPFunction`: no domain list, no URL. It is given no timeout: the platform's unit is not documented. */
function callFunction(context, request, common, received) {
  var task = context.platform.cloud.callHTTPFunction(
    copy(common, {
      name: findFunction(request.path),
      config: context.options.env ? { env: context.options.env } : undefined,
      path: request.path,
      onChunkedReceived: function (chunk) {
        received.onChunk(chunk && chunk.data !== undefined ? chunk.data : chunk)
      }
    })
  )
  if (task && typeof task.then === 'function') task.then(ignore, ignore)
  return task
}

/** `wx.request` with chunks, base library 2.20.1 and later. Without chunks, the reply comes whole. */
function callUrl(context, request, common, received) {
  var url = String(context.options.url || '').replace(/\/+$/, '')
  var task = context.platform.request(copy(common, { url: url + request.path, responseType: 'arraybuffer' }))
  if (task && typeof task.onChunkReceived === 'function')
    task.onChunkReceived(function (chunk) {
      received.onChunk(chunk.data)
    })
  return task
}

function findFunction(path) {
  for (var index = 0; index < functions.length; index++)
    if (path.indexOf(functions[index].path) === 0) return functions[index].name
  throw new Error('No function of the gateway serves ' + path)
}

function ignore() {}

/** Reads the error of a reply or an event: OpenAI's object, or the platform's three fields. */
function readError(parsed, reply) {
  var document = parsed || {}
  var inner = document.error || {}
  var code = document.code || inner.code || 'HTTP_' + (reply.statusCode || 'ERROR')
  var message = inner.message || document.message || 'HTTP ' + (reply.statusCode || 'error')
  var error = createError(String(code).toUpperCase(), message, reply)
  error.requestId = document.requestId || getHeader(reply.header, 'x-request-id')
  return error
}

function createError(code, message, reply) {
  var status = reply && reply.statusCode
  return { code: code, message: message, status: status, retryAfter: reply && getHeader(reply.header, 'retry-after') }
}

function toError(error) {
  return error && error.code ? error : createError('TICKET_FAILED', String((error && error.message) || error))
}

function getHeader(header, name) {
  for (var key in header) if (key.toLowerCase() === name) return header[key]
  return undefined
}

function parseJson(text) {
  try {
    return JSON.parse(text)
  } catch (_) {
    return undefined
  }
}

/** Copies fields; undefined ones are left out. */
function copy(one, other) {
  var result = {}
  for (var key in one) if (one[key] !== undefined) result[key] = one[key]
  for (var name in other) if (other[name] !== undefined) result[name] = other[name]
  return result
}

export { createGateway }
