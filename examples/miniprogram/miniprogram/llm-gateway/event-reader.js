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

module.exports = {
  createEventReader: createEventReader,
  decodeUtf8: decodeUtf8,
  encodeUtf8: encodeUtf8,
  toBytes: toBytes
}
