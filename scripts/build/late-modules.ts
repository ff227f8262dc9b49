import { createRequire } from 'node:module'
import type { Plugin } from './data-modules.ts'

const require = createRequire(import.meta.url)

/** Packages of which `@cloudbase/node-sdk` 3.18 needs nothing until somebody calls what they are for: models (`ai()`), tickets,
 *  files in the cloud storage and in forms. */
const late = /^(@cloudbase\/ai|@cloudbase\/app|jsonwebtoken|xml2js|web-streams-polyfill|mime-types)$/

const namespace = 'late-modules'

/** Puts an object in a package's place that loads the package, from a file beside the bundle, when it is first looked at. It fits
 *  packages whose exports are properties of a plain object. `found` is told each: its name and its main file.
 *  @throws TypeError where two versions of one package are asked for */
export const lateModules = (fileOf: (name: string) => string, found: Map<string, string>): Plugin => ({
  name: namespace,
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: late }, async ({ path: name, pluginData, ...importing }) => {
      if (pluginData === namespace) return undefined
      const { path } = await resolve(name, { ...importing, pluginData: namespace })
      if ((found.get(name) ?? path) !== path) throw new TypeError(`there are two versions of ${name}`)
      found.set(name, path)
      return { path: name, namespace }
    })
    onResolve({ filter: /^\.\//, namespace }, ({ path }) => ({ path, external: true }))
    onLoad({ filter: late, namespace }, ({ path: name }) => {
      const { __esModule: isEsModule = false } = require(found.get(name) as string) as { __esModule?: boolean }
      return { contents: standIn(fileOf(name), isEsModule) }
    })
  },
})

/** Whether a package was an ES module is asked by whoever loads it, and answered without loading it. */
const standIn = (file: string, isEsModule: boolean): string => `
  const loaded = () => require('./${file}')
  module.exports = new Proxy({}, {
    get: (_, name) => name === '__esModule' ? ${isEsModule} : loaded()[name],
    has: (_, name) => name in loaded(),
    ownKeys: () => Reflect.ownKeys(loaded()),
    getOwnPropertyDescriptor: (_, name) => {
      const found = Reflect.getOwnPropertyDescriptor(loaded(), name)
      return found && { ...found, configurable: true }
    },
  })`
