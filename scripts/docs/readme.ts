import { configurationTable, type Language } from './configuration-table.ts'

const marked = /(<!-- configuration: npm run docs -->\n)[\s\S]*?(\n<!-- \/configuration -->)/

/** A README with the table of variables brought up to date between its markers.
 *  @throws TypeError when the markers are missing */
export const withConfiguration = (readme: string, language: Language): string => {
  if (!marked.test(readme)) throw new TypeError('The README has no markers for the table of variables.')
  return readme.replace(marked, (_, open: string, close: string) => `${open}${configurationTable(language)}${close}`)
}
