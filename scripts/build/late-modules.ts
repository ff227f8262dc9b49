import { createRequire } from 'node:module'
import type { Plugin } from './data-modules.ts'

const require = createRequire(import.meta.url)

/** Packages that `@cloudbase/node-sdk` 3.18 needs only for features that the gateway does not use: models (`ai()`),
 *  tickets, and files in the cloud storage and in forms. */
const late = /^(@cloudbase\/ai|@cloudbase\/app|jsonwebtoken|xml2js|web-streams-polyfill|mime-types)$/

const namespace = 'late-modules'

/** Replaces a package by an object that loads it, from a file beside the bundle, on first access. It fits packages
 *  whose exports are properties of a plain object. `found` receives the name and the main file of each.
 *  @throws TypeError if two versions of one package are imported */
export const lateModules = (toFileName: (name: string) => string, found: Map<string, string>): Plugin => ({
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
      return { contents: createProxyCode(toFileName(name), isEsModule) }
    })
  },
})

/** The code of that object. A loader asks whether a package was an ES module, and gets the reply without loading it. */
const createProxyCode = (file: string, isEsModule: boolean): string => `
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
