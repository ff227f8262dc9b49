import * as fc from 'fast-check'

const blank = fc.constantFrom('', '', ' ', '\n', '\t ')

/** Escapes some letters of a name. The meaning is the same. */
const escapeLetters = (name: string, places: readonly number[]): string => {
  const text = JSON.stringify(name).slice(1, -1)
  if (text.includes('\\')) return text
  return text.replace(/[a-z_]/g, (letter, at: number) =>
    places.includes(at) ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}` : letter,
  )
}

/** Draws the text of an object's members with any spacing, any spelling of names, and repeated names. */
export const membersText = (names: fc.Arbitrary<string>, values: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .array(fc.tuple(names, values, fc.array(fc.nat(12), { maxLength: 3 }), blank, blank), { maxLength: 8 })
    .map((members) =>
      members
        .map(
          ([name, value, places, before, after]) =>
            `${before}"${escapeLetters(name, places)}"${after}:${before}${value}${after}`,
        )
        .join(','),
    )

/** Counts the members at the top level of an object's text: one more than its commas there. */
export const countMembers = (text: string): number => {
  const flat = text.replace(/"(?:[^"\\]|\\.)*"/g, '""')
  let depth = 0
  let members = 1
  for (const character of flat) {
    if (character === '{' || character === '[') depth += 1
    else if (character === '}' || character === ']') depth -= 1
    else if (character === ',' && depth === 1) members += 1
  }
  return members
}
