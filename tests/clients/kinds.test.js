import { strict as assert } from 'node:assert'
import { after, before, describe, test } from 'node:test'
import { startGateway } from './gateway.js'
import { listQuestions } from './questions.js'
import { clientNames, createReaders } from './readers.js'

/** Each client reads each kind of response that breaks it when it comes from the provider itself. */

let gateway
let readers

before(async () => {
  gateway = await startGateway()
  readers = createReaders(gateway)
})

after(() => gateway.close())

/** Blanks in JSON mean nothing, and some clients parse it. */
const toValues = ({ text, cities }) => ({ text, cities: cities.map((city) => JSON.parse(city)) })

for (const name of clientNames) {
  describe(name, () => {
    for (const { question, forms, reads } of listQuestions()) {
      for (const form of forms) {
        test(`reads ${question}, ${form}`, async () => {
          const reading = readers[name][form](question)
          if (reads.fails) await assert.rejects(reading)
          else assert.deepEqual(toValues(await reading), toValues(reads))
        })
      }
    }
  })
}
