/** The files of the mini-program client, in the order in which they need each other. */
export const clientFiles = ['event-reader.js', 'llm-gateway.js'].map(
  (name) => `examples/miniprogram/miniprogram/llm-gateway/${name}`,
)

/** The client as one ES module. */
export const clientModule = 'examples/miniprogram/miniprogram/llm-gateway/llm-gateway.mjs'

/** Joins the files of the client to one ES module, for the bundlers of uni-app and Taro, which do not take CommonJS in the
 *  source of an app. */
export const createClientModule = (files: readonly string[]): string => {
  const [reader = '', client = ''] = files.map((text) => text.replace(/^module\.exports = \{[^}]*\}\n/m, ''))
  const joined = client.replace("var reader = require('./event-reader.js')", readerNames)
  const note = '// Made of event-reader.js and llm-gateway.js by npm run docs. 由 npm run docs 生成。\n'
  return `${note}${reader.trimEnd()}\n\n${joined.trimEnd()}\n\nexport { createGateway }\n`
}

const readerNames =
  'var reader = { createEventReader: createEventReader, decodeUtf8: decodeUtf8, encodeUtf8: encodeUtf8, toBytes: toBytes }'
