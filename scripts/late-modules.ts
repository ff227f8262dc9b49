import { createRequire } from 'node:module'
import type { Plugin } from './data-modules.ts'

const require = createRequire(import.meta.url)

/** Packages of which `@cloudbase/node-sdk` 3.18 needs nothing until somebody calls what they are for: models (`ai()`), tickets,
 *  files in the cloud storage and in forms. */
const late = /^(@cloudbase\/ai|@cloudbase\/app|jsonwebtoken|xml2js|web-streams-polyfill|mime-types)$/

const namespace = 'late-modules'

/** Puts an object in a package's place that loads the package, from a file beside the bundle, when something is first read from it.
 *  It fits packages whose exports are properties of a plain object. `found` is told each: its name and its main file. */
export const lateModules = (fileOf: (name: string) => string, found: Map<string, string>): Plugin => ({
  name: namespace,
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: late }, async ({ path: name, pluginData, ...importing }) => {
      if (pluginData === namespace) return undefined
      const { path } = await resolve(name, { ...importing, pluginData: namespace })
      found.set(name, path)
      return { path: name, namespace }
    })
    onResolve({ filter: /^\.\//, namespace }, ({ path }) => ({ path, external: true }))
    onLoad({ filter: late, namespace }, ({ path: name }) => {
      const { __esModule: isEsModule = false } = require(found.get(name) ?? name) as { __esModule?: boolean }
      const get = `(_, name) => name === '__esModule' ? ${isEsModule} : require('./${fileOf(name)}')[name]`
      return { contents: `module.exports = new Proxy({}, { get: ${get} })` }
    })
  },
})
