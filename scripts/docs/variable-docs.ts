import { readFileSync } from 'node:fs'
import ts from 'typescript'

/** An environment variable and its docblock. */
export interface VariableDoc {
  readonly name: string
  /** Its docblock, in one line. */
  readonly english: string
}

/** Reads the docblocks of an object literal's properties.
 *  @throws TypeError if a property has none, so that no variable stays undocumented */
export const variableDocs = (file: string, constant: string): VariableDoc[] => {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true)
  const docs: VariableDoc[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && node.name.getText() === constant) docs.push(...readDocs(node))
    else ts.forEachChild(node, visit)
  }
  visit(source)
  if (docs.length === 0) throw new TypeError(`${file} declares no variables as '${constant}'.`)
  return docs
}

const readDocs = ({ initializer }: ts.VariableDeclaration): VariableDoc[] => {
  const literal = initializer && ts.isSatisfiesExpression(initializer) ? initializer.expression : initializer
  if (!literal || !ts.isObjectLiteralExpression(literal)) return []
  return literal.properties.map((property) => {
    const name = property.name?.getText() ?? ''
    const [block] = ts.getJSDocCommentsAndTags(property).filter(ts.isJSDoc)
    const english = (ts.getTextOfJSDocComment(block?.comment) ?? '').replace(/\s+/g, ' ').trim()
    if (!english) throw new TypeError(`${name} needs a docblock.`)
    return { name, english }
  })
}
