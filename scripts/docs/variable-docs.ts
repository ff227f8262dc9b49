import { readFileSync } from 'node:fs'
import ts from 'typescript'

/** What the schema's source says of one environment variable. */
export interface VariableDoc {
  readonly name: string
  readonly english: string
  readonly chinese: string
}

/** Reads the docblocks of an object literal's properties: the text is English, the `@zh` tag Chinese.
 *  @throws TypeError when a property lacks either, so that no variable goes undocumented */
export const variableDocs = (file: string, constant: string): VariableDoc[] => {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true)
  const docs: VariableDoc[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && node.name.getText() === constant) docs.push(...docsOf(node))
    else ts.forEachChild(node, visit)
  }
  visit(source)
  if (docs.length === 0) throw new TypeError(`${file} declares no variables as '${constant}'.`)
  return docs
}

const docsOf = ({ initializer }: ts.VariableDeclaration): VariableDoc[] => {
  const literal = initializer && ts.isSatisfiesExpression(initializer) ? initializer.expression : initializer
  if (!literal || !ts.isObjectLiteralExpression(literal)) return []
  return literal.properties.map((property) => {
    const name = property.name?.getText() ?? ''
    const [block] = ts.getJSDocCommentsAndTags(property).filter(ts.isJSDoc)
    const english = textOf(block?.comment)
    const chinese = textOf(block?.tags?.find((tag) => tag.tagName.text === 'zh')?.comment)
    if (!english || !chinese) throw new TypeError(`${name} needs a docblock in English, with its Chinese after @zh.`)
    return { name, english, chinese }
  })
}

const textOf = (comment: ts.JSDoc['comment']): string =>
  (ts.getTextOfJSDocComment(comment) ?? '').replace(/\s+/g, ' ').trim()
