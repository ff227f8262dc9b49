/** Finds the known name that a person may have meant by another one: the nearest, if it is at most one change away, or two in
 *  names of eight characters and more. A change is a letter too many, too few, wrong, or swapped with the next one. Case and
 *  separators do not count, so `apiBase` is near `api_base`. Returns undefined if none is near. */
export const findNearestName = (name: string, known: readonly string[]): string | undefined => {
  const plain = toPlainName(name)
  const distances = known.map((candidate) => ({ candidate, distance: countChanges(plain, toPlainName(candidate)) }))
  const [nearest] = distances.sort((one, other) => one.distance - other.distance)
  const max = plain.length >= minLongLength ? 2 : 1
  return nearest && nearest.distance <= max && nearest.distance < plain.length ? nearest.candidate : undefined
}

const minLongLength = 8

/** The longest name that is compared, in characters. */
const maxLength = 64

const toPlainName = (name: string): string =>
  name
    .slice(0, maxLength)
    .toLowerCase()
    .replace(/[\s_.-]+/g, '')

/** Counts the changes that turn one text into another (optimal string alignment). */
const countChanges = (one: string, other: string): number => {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= other.length; column += 1) {
      const isSame = one[row - 1] === other[column - 1]
      const isSwapped =
        row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
      current[column] = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (isSame ? 0 : 1),
        isSwapped ? (beforePrevious[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    beforePrevious = previous
    previous = current
  }
  return previous[other.length] ?? 0
}
