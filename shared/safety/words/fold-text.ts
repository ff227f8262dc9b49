import type { SlicedWork } from '../../runtime/slices.ts'

/** Characters that are not seen: zero-width blanks and joiners, marks of direction, variation selectors (Unicode,
 *  `Default_Ignorable_Code_Point`); controls that are no blanks; anchors of annotations. */
const ignorable = /\p{Default_Ignorable_Code_Point}|(?!\s)\p{Cc}|[\uFFF9-\uFFFB]/u

/** Folds one character into those that it is compared as: half width, lower case, without styles such as bold or circled. A
 *  character that is not seen becomes none, and every blank becomes a space. Characters are folded one by one, so that a
 *  stream can be folded in pieces: accents stay characters of their own. */
export const foldCharacter = (codePoint: number): readonly number[] => {
  const character = String.fromCodePoint(codePoint)
  if (ignorable.test(character)) return []
  const folded = character.normalize('NFKD').toUpperCase().toLowerCase().normalize('NFKD').replace(/\s/g, ' ')
  return Array.from(folded, (one) => one.codePointAt(0) ?? 0).filter(
    (one) => !ignorable.test(String.fromCodePoint(one)),
  )
}

/** Folded texts, one after another. */
export interface FoldedTexts {
  readonly characters: readonly number[]
  /** Where each text ends in `characters`. */
  readonly ends: readonly number[]
}

/** Texts between two yields. */
const textsPerSlice = 64

/** Folds texts. Each character is folded once. */
export function* foldTexts(texts: readonly { readonly text: string }[]): SlicedWork<FoldedTexts> {
  const known = new Map<number, readonly number[]>()
  const fold = (codePoint: number): readonly number[] => {
    const folded = known.get(codePoint) ?? foldCharacter(codePoint)
    known.set(codePoint, folded)
    return folded
  }
  const characters: number[] = []
  const ends: number[] = []
  for (const { text } of texts) {
    for (const character of text) for (const one of fold(character.codePointAt(0) ?? 0)) characters.push(one)
    ends.push(characters.length)
    if (ends.length % textsPerSlice === 0) yield
  }
  return { characters, ends }
}
