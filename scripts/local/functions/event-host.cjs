// Runs the Event function in the working directory as the platform's runtime does: `index.js` exports
// `main(event, context)`; each message {id, event, context} is one invocation, to which this sends {id, result} or {id, error}.
const { join } = require('node:path')

const { main } = require(join(process.cwd(), 'index.js'))
if (typeof main !== 'function') throw new Error('index.js does not export a function named main.')

process.on('message', async ({ id, event, context }) => {
  try {
    process.send({ id, result: await main(event, context) })
  } catch (error) {
    process.send({ id, error: error instanceof Error ? error.message : String(error) })
  }
})
process.channel.ref()
