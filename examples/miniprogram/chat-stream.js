/**
 * Streams chat in a mini program. `wx.request` hands out bytes in pieces that cut characters and lines wherever they like,
 * and not every device has TextDecoder: this file keeps the unfinished bytes back and decodes whole lines only.
 *
 * 在小程序中流式读取回答。`wx.request` 的分块可能截断汉字和行，部分真机也没有 TextDecoder：
 * 本文件只解码完整的行，未完成的字节留到下一块。
 *
 *   const task = chatStream({ url, token, body: { model, messages }, onText, onDone, onError })
 *   task.abort()   // 用户离开页面时 / when the user leaves the page
 */

const lineFeed = 0x0a

/** UTF-8 bytes of whole characters → text. */
const decodeUtf8 = (bytes) => {
  let encoded = ''
  for (const byte of bytes) encoded += `%${byte.toString(16).padStart(2, '0')}`
  return decodeURIComponent(encoded)
}

/** Takes pieces of bytes, calls back with each event's data. */
const sseReader = (onData) => {
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

/** What one event's data means: text, the end, or an error. */
const handleData = (data, { onText, onDone, onError }) => {
  if (data === '[DONE]') return onDone()
  const event = JSON.parse(data)
  if (event.error) return onError(new Error(event.error.message))
  const choice = event.choices?.[0]
  const text = choice?.delta?.content
  if (text) onText(text)
}

/** Asks the gateway and calls `onText` with each piece of the answer, then `onDone` or `onError` once; nothing after `abort()`. */
const chatStream = ({ url, token, body, onText, onDone, onError }) => {
  let over = false
  const refusal = []
  const once = (callback) => (value) => {
    if (over) return
    over = true
    callback(value)
  }
  const whileHeard = (text) => {
    if (!over) onText(text)
  }
  const callbacks = { onText: whileHeard, onDone: once(onDone), onError: once(onError) }
  const read = sseReader((data) => handleData(data, callbacks))
  const task = wx.request({
    url,
    method: 'POST',
    header: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', Accept: 'text/event-stream' },
    data: { ...body, stream: true },
    enableChunked: true,
    responseType: 'arraybuffer',
    success: ({ statusCode }) => {
      if (statusCode === 200) callbacks.onError(new Error('回答中断，请重试'))
      else callbacks.onError(new Error(messageOf(refusal) || `HTTP ${statusCode}`))
    },
    fail: ({ errMsg }) => callbacks.onError(new Error(errMsg)),
  })
  task.onChunkReceived(({ data }) => {
    if (refusal.length < 4096) refusal.push(...new Uint8Array(data))
    read(data)
  })
  return {
    abort: () => {
      over = true
      task.abort()
    },
  }
}

/** The message of an error reply, which is JSON and no event. */
const messageOf = (bytes) => {
  try {
    return JSON.parse(decodeUtf8(bytes)).message
  } catch (_) {
    return ''
  }
}

module.exports = { chatStream, sseReader }
