import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Files of a built function that are listed by themselves, above the table. */
const ordinary = ['index.js', 'package.json', 'scf_bootstrap', 'model_map.json', 'model_list.json']

/** The Markdown table of the parts that built functions load lazily: file, source and the functions that hold it.
 *  Returns undefined if the build is missing or older than the source: an upgrade runs `npm run docs` before it builds. */
export const builtFilesTable = (root: string): string | undefined => {
  const dist = join(root, 'dist/functions')
  if (!existsSync(dist) || isOlderThanSource(dist, root)) return undefined
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

const isOlderThanSource = (dist: string, root: string): boolean => {
  const paths = ['shared', 'functions', 'scripts/build'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(root, folder, path)),
  )
  const built = statSync(join(dist, 'llm-health/index.js')).mtimeMs
  return paths.some((path) => statSync(path).mtimeMs > built)
}

/** Files of `shared/` by the name of the part that the build makes of them (`scripts/build/lazy-packages.ts`). */
const findSources = (root: string): Map<string, string> => {
  const paths = readdirSync(join(root, 'shared'), { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts'))
  return new Map(paths.map((path) => [`${path.slice(0, -'.ts'.length).replaceAll('/', '-')}.js`, `shared/${path}`]))
}
