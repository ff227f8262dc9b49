import { execFile, execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import { deferRequires } from '../../scripts/build/late-requires.ts'
import { editPackage } from '../../scripts/build/package-edits.ts'
import { loopbackServer } from '../../testing/servers/loopback-server.ts'

const folder = resolve('dist/functions/llm-chat-completions')

/** The files of the function, and Node's client for `fetch`, that a process of its own has loaded after it did something with the
 *  bundled SDK's `app`. */
const loadedAfter = (action: string): readonly string[] => {
  const script = `
    const { basename, dirname } = require('node:path')
    const credentials = ${JSON.stringify(ticketKey)}
    const app = require(process.argv[1]).init({ env: 'env-1', accessKey: 'a-key', credentials })
    app.database().collection('rows')
    app.auth()
    ${action}
    const beside = Object.keys(require.cache).filter((path) => dirname(path) === dirname(process.argv[1]))
    const fetching = process.moduleLoadList.filter((name) => name.includes('undici/undici'))
    require('node:fs').writeSync(1, JSON.stringify([...beside.map((path) => basename(path)), ...fetching]))`
  const output = execFileSync(process.execPath, ['-e', script, join(folder, 'cloudbase-node-sdk.js')], {
    encoding: 'utf8',
    env: { TENCENTCLOUD_RUNENV: 'SCF', TENCENTCLOUD_REGION: 'ap-shanghai', SCF_NAMESPACE: 'env-1' },
  })
  return JSON.parse(output) as string[]
}

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
})
const ticketKey = { env_id: 'env-1', private_key_id: 'key-1', private_key: privateKey }

describe('the bundled SDK', () => {
  test('loads no package that the database does not need', () => {
    expect(loadedAfter('')).toEqual(['cloudbase-node-sdk.js'])
  })

  test.each([
    ['tickets', "app.auth().createTicket('user-1').slice(100)[0].length", 'jsonwebtoken.js'],
    ['models', "app.ai().createModel('a-model').streamText.call", 'cloudbase-ai.js'],
    ['data models', 'app.models.a_model.list.call', 'cloudbase-wx-cloud-client-sdk.js'],
    ['tables', "app.rdb().from('a_table').select.call", 'cloudbase-wx-cloud-client-sdk.js'],
  ])('still loads a package on first use: %s', (_, action, file) => {
    expect(loadedAfter(action)).toContain(file)
  })

  test.each([
    ['@cloudbase/ai', 'cloudbase-ai.js'],
    ['@cloudbase/app', 'cloudbase-app.js'],
    ['jsonwebtoken', 'jsonwebtoken.js'],
    ['xml2js', 'xml2js.js'],
    ['web-streams-polyfill', 'web-streams-polyfill.js'],
    ['axios', 'axios.js'],
    ['form-data', 'form-data.js'],
    ['@cloudbase/wx-cloud-client-sdk', 'cloudbase-wx-cloud-client-sdk.js'],
  ])('keeps all exports of %s in a file of its own', (name, file) => {
    const require = createRequire(import.meta.url)
    const installed: object = createRequire(require.resolve('@cloudbase/node-sdk'))(name)
    expect(Object.keys(require(join(folder, file)) as object)).toEqual(Object.keys(installed))
  })

  test('sends what the installed SDK sends, with the same signatures', async () => {
    const requests: unknown[] = []
    const { url, close } = await loopbackServer((request, response) => {
      void text(request).then((body) => {
        requests.push({ authorization: request.headers.authorization, body: JSON.parse(body) as unknown })
        response.end('{"requestId":"1","data":{"list":[],"updated":0}}')
      })
    })
    try {
      await useDatabase(join(folder, 'cloudbase-node-sdk.js'), `${url}/admin`)
      const bundled = requests.splice(0)
      await useDatabase(resolve('node_modules/@cloudbase/node-sdk'), `${url}/admin`)
      expect(bundled).toHaveLength(5)
      expect(bundled).toEqual(requests)
    } finally {
      await close()
    }
  })
})

/** Runs one operation of each kind with an SDK whose clock stands still. */
const useDatabase = async (sdk: string, url: string): Promise<void> => {
  const script = `
    const time = 1_700_000_000_000
    globalThis.Date = class extends Date {
      constructor(...given) { super(...(given.length > 0 ? given : [time])) }
      static now() { return time }
    }
    const login = { env: 'env-1', region: 'ap-shanghai', secretId: 'id', secretKey: 'key' }
    const database = require(process.argv[1]).init({ ...login, keepalive: false }).database()
    const rows = database.collection('rows')
    const { command } = database
    const run = async () => {
      await rows.add([{ _id: 'é-1', text: '中文', at: 1 }])
      await rows.where({ _id: 'a', version: 1 }).update({ version: 2, data: '{"a":1}' })
      await rows.where({ due_at: command.gt(0).and(command.lte(9)) }).orderBy('due_at', 'asc').skip(1).limit(2).get()
      await rows.where({ _id: command.gte('a').and(command.lt('b')) }).remove()
      await rows.options({ raw: true }).aggregate([{ $match: { state: 'final' } }, { $limit: 1 }]).end()
    }
    run().then(() => process.exit(), (error) => { console.error(error); process.exit(1) })`
  const env = { TCB_CONTEXT_CNFG: JSON.stringify({ URL: url }), TENCENTCLOUD: 'true', SILENCE: 'true' }
  await promisify(execFile)(process.execPath, ['-e', script, sdk], { env })
}

describe('deferRequires', () => {
  /** Runs a module and returns what it exports, and what it had loaded when it had run, and when its exports were read. */
  const run = (code: string) => {
    const loaded: string[] = []
    const require = (name: string): unknown => {
      if (!loaded.includes(name)) loaded.push(name)
      return name === 'class' ? class Made {} : { Made: class Made {}, make: () => name, name }
    }
    const module = { exports: {} as Record<string, unknown> }
    new Function('module', 'exports', 'require', deferRequires(code))(module, module.exports, require)
    const atFirst = [...loaded]
    const results = Object.entries(module.exports).map(([key, value]) => [
      key,
      typeof value === 'function' ? (value as () => unknown)() : value,
    ])
    return { atFirst, loaded, exports: Object.fromEntries(results) as Record<string, unknown> }
  }

  test.each<[string, string, unknown]>([
    ['a call', "const a = require('x'); exports.read = () => a.make()", 'x'],
    ['a call without its object', "const a_1 = require('x'); exports.read = () => (0, a_1.make)()", 'x'],
    [
      'a wrapped import',
      "const __importDefault = (m) => ({ default: m }); const a_1 = __importDefault(require('x')); exports.read = () => a_1.default.name",
      'x',
    ],
    ['a class', "const A = require('class'); exports.read = () => new A().constructor.name", 'Made'],
    ['a class of a module', "const a = require('x'); exports.read = () => new a.Made().constructor.name", 'Made'],
    ['a property without its name', "const name = require('x'); exports.read = () => ({ name }).name.name", 'x'],
    [
      'a name that is a property, too',
      "const name = require('x'); exports.read = () => ({ name: 1 }).name + name.name",
      '1x',
    ],
    ['a template', "const a = require('x'); exports.read = () => `" + '$' + '{a.name}!`', 'x!'],
  ])('loads a module when it is first used: %s', (_, code, result) => {
    const { atFirst, loaded, exports } = run(code)
    expect(atFirst).toEqual([])
    expect(loaded).toHaveLength(1)
    expect(exports['read']).toBe(result)
  })

  test.each<[string, string, unknown]>([
    [
      'that the file itself uses',
      "const A = require('class'); class B extends A {}; exports.read = () => new B().constructor.name",
      'B',
    ],
    ['whose name is also a parameter', "const a = require('x'); exports.read = () => ((a) => a)(1)", 1],
    ['whose name is also a variable', "const a = require('x'); exports.read = () => { const a = 2; return a }", 2],
    [
      'whose name is also in a pattern',
      "const a = require('x'); exports.read = () => { const { b: a, ...c } = { b: 3 }; return a }",
      3,
    ],
    ['that is assigned', "let a = require('x'); a = { name: 'y' }; exports.read = () => a.name", 'y'],
    ['of which parts are taken', "const { name } = require('x'); exports.read = () => name", 'x'],
  ])('loads a module at once %s', (_, code, result) => {
    const { atFirst, exports } = run(code)
    expect(atFirst).toHaveLength(1)
    expect(exports['read']).toBe(result)
  })
})

test('ends the build if a package is no longer as it must be for a change', () => {
  const path = '/app/node_modules/mysql2/lib/packets/handshake.js'
  expect(editPackage(path, "a = packet.readNullTerminatedString('cesu8')")).toBe(
    "a = packet.readNullTerminatedString('utf8')",
  )
  expect(() => editPackage(path, 'a = 1')).toThrow(/not exactly once/)
  expect(editPackage('/app/node_modules/other/index.js', 'a = 1')).toBe('a = 1')
})
