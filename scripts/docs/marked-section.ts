/** Replaces the generated part of a page: the lines between `<!-- name: npm run docs -->` and `<!-- /name -->`.
 *  @throws TypeError if the page has no such markers */
export const replaceSection = (page: string, name: string, text: string): string => {
  const section = new RegExp(`(<!-- ${name}: npm run docs -->\\n)[\\s\\S]*?(\\n<!-- /${name} -->)`)
  if (!section.test(page)) throw new TypeError(`The page has no markers for its section '${name}'.`)
  return page.replace(section, (_, open: string, close: string) => `${open}${text}${close}`)
}
