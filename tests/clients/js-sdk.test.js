import { strict as assert } from 'node:assert'
import { createRequire } from 'node:module'
import { after, before, describe, test } from 'node:test'
import { longText, said, startGateway } from './gateway.js'

/** Loaded as CommonJS: streams of version 3.7.0's ES module build fail in Node with 'TextDecoder is not a constructor'. */
const cloudbase = createRequire(import.meta.url)('@cloudbase/js-sdk')

let gateway

before(async () => {
  gateway = await startGateway()
})

after(() => gateway.close())

describe("@cloudbase/js-sdk's ai module", () => {
  const ai = () => cloudbase.init({ env: 'test-env', accessKey: 'token' }).ai({ baseUrl: gateway.origin })
  const model = () => ai().createModel('gateway')

  const textOf = async ({ textStream }) => {
    let text = ''
    for await (const piece of textStream) text += piece
    return text
  }

  test('reads a whole reply', async () => {
    const { text, usage: stated } = await model().generateText(said('text'))
    assert.deepEqual([text, stated.total_tokens], ['你好，世界', 5])
  })

  test('reads streams of Chinese and of 100 KB', async () => {
    assert.equal(await textOf(await model().streamText(said('text'))), '你好，世界')
    assert.equal(await textOf(await model().streamText(said(`echo ${longText}`))), longText)
  })

  test('reads the reasoning of a model', async () => {
    const { dataStream } = await model().streamText(said('think'))
    let thought = ''
    for await (const { choices } of dataStream) thought += choices[0]?.delta?.reasoning_content ?? ''
    assert.equal(thought, '想一想')
  })

  test('runs the tool that the model calls, whole and streamed', async () => {
    for (const method of ['streamText', 'generateText']) {
      const cities = []
      const weather = {
        type: 'function',
        function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
        fn: ({ city }) => cities.push(city) && 'sunny',
      }
      const own = ai()
      own.registerFunctionTool({ ...weather, name: 'weather' })
      const answer = await own.createModel('gateway')[method]({ ...said('tool'), tools: [weather] })
      assert.equal(answer.text ?? (await textOf(answer)), '你好，世界')
      assert.deepEqual(cities, ['上海'])
    }
  })

  test('reports that a stream is cut', async () => {
    await assert.rejects(async () => textOf(await model().streamText(said('cut'))), /choices|map|undefined/)
  })

  test('gets the error of a refusal', async () => {
    await assert.rejects(model().generateText(said('status 429 their_code')))
    await assert.rejects(model().generateText({ ...said('text'), model: 'gpt-9' }))
  })
})
