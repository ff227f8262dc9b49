/**
 * Streams chat in a mini program. The pieces of `wx.request` may cut characters and lines anywhere, and some devices have no
 * TextDecoder. So this file decodes whole lines only, and keeps unfinished bytes for the next piece.
 *
 * 在小程序中流式读取回答。`wx.request` 的分块可能截断汉字和行，部分真机也没有 TextDecoder：
 * 本文件只解码完整的行，未完成的字节留到下一块。
 *
 *   const task = chatStream({ url, token, body: { model, messages }, onText, onDone, onError })
 *   task.abort()   // 用户离开页面时 / when the user leaves the page
 */

const lineFeed = 0x0a

/** Decodes UTF-8 bytes of whole characters. */
const decodeUtf8 = (bytes) => {
  let encoded = ''
  for (const byte of bytes) encoded += `%${byte.toString(16).padStart(2, '0')}`
  return decodeURIComponent(encoded)
}

/** Creates a function that takes pieces of bytes. It calls `onData` with the data of each event. */
const createSseReader = (onData) => {
  let unfinished = []
  return (piece) => {
    for (const byte of new Uint8Array(piece)) {
      if (byte !== lineFeed) {
        unfinished.push(byte)
        continue
      }
      const line = decodeUtf8(unfinished).replace(/\r$/, '')
      unfinished = []
      if (line.startsWith('data:')) onData(line.slice(5).trim())
    }
  }
}

/** Handles the data of one event: text, the end, or an error. */
const handleData = (data, { onText, onDone, onError }) => {
  if (data === '[DONE]') return onDone()
  const event = JSON.parse(data)
  if (event.error) return onError(new Error(event.error.message))
  const choice = event.choices?.[0]
  const text = choice?.delta?.content
  if (text) onText(text)
}

/** Sends a chat request. Calls `onText` with each piece of text, then `onDone` or `onError` once. Calls nothing after `abort()`. */
const chatStream = ({ url, token, body, onText, onDone, onError }) => {
  let isOver = false
  const errorBody = []
  const once = (callback) => (value) => {
    if (isOver) return
    isOver = true
    callback(value)
  }
  const passText = (text) => {
    if (!isOver) onText(text)
  }
  const callbacks = { onText: passText, onDone: once(onDone), onError: once(onError) }
  const read = createSseReader((data) => handleData(data, callbacks))
  const task = wx.request({
    url,
    method: 'POST',
    header: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', Accept: 'text/event-stream' },
    data: { ...body, stream: true },
    enableChunked: true,
    responseType: 'arraybuffer',
    success: ({ statusCode }) => {
      if (statusCode === 200) callbacks.onError(new Error('回答中断，请重试'))
      else callbacks.onError(new Error(readMessage(errorBody) || `HTTP ${statusCode}`))
    },
    fail: ({ errMsg }) => callbacks.onError(new Error(errMsg)),
  })
  task.onChunkReceived(({ data }) => {
    if (errorBody.length < 4096) errorBody.push(...new Uint8Array(data))
    read(data)
  })
  return {
    abort: () => {
      isOver = true
      task.abort()
    },
  }
}

/** Reads the message of an error reply, which is JSON and not an event. */
const readMessage = (bytes) => {
  try {
    return JSON.parse(decodeUtf8(bytes)).message
  } catch (_) {
    return ''
  }
}

module.exports = { chatStream }
