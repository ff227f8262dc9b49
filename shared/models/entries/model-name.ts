/** The longest name the original's table can hold. */
const maxNameLength = 128

/** Most names match this and need no other check. */
const plainName = /^[!-~]{1,128}$/

/** Created once: inside a function, the bundler would create the expression again on each call. */
const controlCharacters = /\p{Cc}/gu

/** Returns the reason why a model cannot have this name; undefined if it can. */
export const findNameProblem = (model: string): string | undefined => {
  if (plainName.test(model)) return undefined
  if (model.trim() === '') return 'It has no name. Set model_name to the name clients shall use.'
  if (model !== model.trim()) return 'Its name begins or ends with a blank. Remove it.'
  if (model.length > maxNameLength) return `Its name is longer than ${maxNameLength} characters.`
  return model.search(controlCharacters) >= 0 ? 'Its name holds line breaks or control characters.' : undefined
}

/** Returns a model's name as logs and reports show it: on one line, at most 128 characters. */
export const toPrintableName = (model: string): string =>
  model.slice(0, maxNameLength).replace(controlCharacters, ' ').trim()
