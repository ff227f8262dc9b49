/** Text edits for the one change that most streams need in every chunk. They replace parsing and serialising, which
 *  costs more than all other work on a chunk (docs/decisions/0042-text-edits.md). */

const memberAfterAnother = /,\s*"usage"\s*:\s*null/
const memberBeforeAnother = /"usage"\s*:\s*null\s*,?/
/** An escape that could spell one of the letters of `usage`. */
const escapedLetter = /\\u00[67]/i

/** The JSON text of a chunk, with `usage` null or absent as the client wants it. Returns undefined if that takes more than
 *  a text edit. */
export const editNullUsage = (json: string, given: unknown, wanted: null | undefined): string | undefined => {
  if (given === wanted) return json
  if (given === null) return removeNullUsage(json)
  return given === undefined ? appendNullUsage(json) : undefined
}

/** Removes the member `"usage":null` from the JSON text of an object that has it. Returns undefined if the text does
 *  not show for certain which member that is: the name must occur once, and no letter of it may be escaped. */
export const removeNullUsage = (json: string): string | undefined => {
  const first = json.indexOf('"usage"')
  if (first < 0 || json.indexOf('"usage"', first + 1) >= 0 || escapedLetter.test(json)) return undefined
  return json.replace(memberAfterAnother.test(json) ? memberAfterAnother : memberBeforeAnother, '')
}

/** Adds the member `"usage":null` at the end of the JSON text of an object that is not empty. */
export const appendNullUsage = (json: string): string => `${json.slice(0, json.lastIndexOf('}'))},"usage":null}`
