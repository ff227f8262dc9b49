import { type AnyNode, type ArrowFunctionExpression, parse } from 'acorn'

/** The directive of a module that a first reply does not need. */
export const rareDirective = 'rare module'

/** esbuild 0.27 puts each CommonJS module of a bundle into an arrow function, `p((exports, module) => …)`. V8 11 parses such a function in
 *  full when the bundle is loaded, and once more when it is called. This makes it a `function`: of one in parentheses V8 keeps
 *  the code at once, so modules that are needed get parentheses; one without is only skimmed. */
export const rewriteModules = (code: string): string => {
  const { body } = parse(code, { ecmaVersion: 'latest', allowReturnOutsideFunction: true })
  const values = body
    .flatMap((statement) => (statement.type === 'VariableDeclaration' ? statement.declarations : []))
    .map(({ id, init }) => ({ name: id.type === 'Identifier' ? id.name : '', init }))
  const helper = values.find(({ init }) => isHelper(init))?.name
  return values
    .flatMap(({ init }) => findModule(init, helper) ?? [])
    .sort((one, other) => other.start - one.start)
    .reduce((text, module) => text.slice(0, module.start) + toFunction(module, text) + text.slice(module.end), code)
}

/** Whether a value is esbuild's `(load, module) => () => …`, which runs a module once. */
const isHelper = (value: AnyNode | null | undefined): boolean =>
  value?.type === 'ArrowFunctionExpression' &&
  value.params.length === 2 &&
  value.body.type === 'ArrowFunctionExpression' &&
  value.body.params.length === 0

const findModule = (
  value: AnyNode | null | undefined,
  helper: string | undefined,
): ArrowFunctionExpression | undefined => {
  if (value?.type !== 'CallExpression' || value.callee.type !== 'Identifier' || value.callee.name !== helper) return
  const [module] = value.arguments
  return module?.type === 'ArrowFunctionExpression' && module.body.type === 'BlockStatement' ? module : undefined
}

const toFunction = ({ params, body }: ArrowFunctionExpression, code: string): string => {
  const names = params.map(({ start, end }) => code.slice(start, end)).join()
  const text = `function(${names})${code.slice(body.start, body.end)}`
  const isRare =
    body.type === 'BlockStatement' && body.body.some((node) => 'directive' in node && node.directive === rareDirective)
  return isRare ? text : `(${text})`
}
