/** Text edits for the one change that most streams need in every chunk. They stand in for parsing and serialising, which costs
 *  more than all else that is done to a chunk (docs/decisions/0042-text-edits.md). */

const memberAfterAnother = /,\s*"usage"\s*:\s*null/
const memberBeforeAnother = /"usage"\s*:\s*null\s*,?/
/** An escape that could spell one of the letters of `usage`. */
const escapedLetter = /\\u00[67]/i

/** The JSON text of an object without its member `"usage":null`; undefined where the text does not tell for sure which
 *  member that is. Sure means: the name stands in the text once and no letter of it can be escaped, so that the one place
 *  is the member. The caller knows that the object has the member and that it is null. */
export const removeNullUsage = (json: string): string | undefined => {
  const first = json.indexOf('"usage"')
  if (first < 0 || json.indexOf('"usage"', first + 1) >= 0 || escapedLetter.test(json)) return undefined
  return json.replace(memberAfterAnother.test(json) ? memberAfterAnother : memberBeforeAnother, '')
}

/** The JSON text of an object, which is not empty, with the member `"usage":null` added at its end. */
export const appendNullUsage = (json: string): string => `${json.slice(0, json.lastIndexOf('}'))},"usage":null}`
