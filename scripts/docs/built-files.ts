import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Files of a built function that are listed by themselves, above the table. */
const ordinary = ['index.js', 'package.json', 'scf_bootstrap', 'model_map.json', 'model_list.json']

/** The Markdown table of the parts that built functions load lazily: file, source and the functions that hold it.
 *  Returns undefined before `npm run build`. */
export const builtFilesTable = (root: string): string | undefined => {
  const dist = join(root, 'dist/functions')
  if (!existsSync(dist)) return undefined
  const holders = new Map<string, string[]>()
  const functions = readdirSync(dist).sort()
  for (const name of functions) {
    for (const file of readdirSync(join(dist, name)).filter((file) => !ordinary.includes(file)))
      holders.set(file, [...(holders.get(file) ?? []), name.replace('llm-', '')])
  }
  const sources = findSources(root)
  const rows = [...holders]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([file, names]) => {
      const source = sources.get(file)
      const held = names.length === functions.length ? 'all' : names.join(', ')
      return `| \`${file}\` | ${source ? `\`${source}\`` : 'a package'} | ${held} |`
    })
  return ['| File | Made of | In |\n| --- | --- | --- |', ...rows].join('\n')
}

/** Files of `shared/` by the name of the part that the build makes of them (`scripts/build/lazy-packages.ts`). */
const findSources = (root: string): Map<string, string> => {
  const paths = readdirSync(join(root, 'shared'), { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts'))
  return new Map(paths.map((path) => [`${path.slice(0, -'.ts'.length).replaceAll('/', '-')}.js`, `shared/${path}`]))
}
