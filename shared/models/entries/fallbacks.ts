/** The fallbacks of a model, followed to the end. */
export interface FallbackChain {
  /** The models to try after the first one, in order, each once. */
  readonly models: readonly string[]
  /** The faults of the chain, one sentence each. */
  readonly problems: readonly string[]
}

/** The most fallbacks of one model, with theirs. */
const maxFallbacks = 32

/** Follows the fallbacks of a model, and theirs. A name that no usable entry has is left out, and so is a name that
 *  leads back to a model before it.
 *  @param getFallbacks returns the names that an entry lists; undefined if no usable entry has the name */
export const followFallbacks = (
  model: string,
  getFallbacks: (model: string) => readonly string[] | undefined,
): FallbackChain => {
  const models = new Set<string>()
  const problems = new Set<string>()
  const findProblem = (name: string, path: readonly string[]): string | undefined => {
    if (path.includes(name)) return `Its fallbacks go in a circle: ${[...path, name].join(' → ')}. Remove one of them.`
    if (!getFallbacks(name))
      return `Its fallback '${name}' is no model that can be used. Correct the name, or its entry.`
    if (models.size < maxFallbacks || models.has(name)) return undefined
    return `It has more than ${maxFallbacks} fallbacks, with theirs. The others are never tried.`
  }
  const follow = (path: readonly string[]): void => {
    for (const name of getFallbacks(path.at(-1) ?? '') ?? []) {
      const problem = findProblem(name, path)
      if (problem !== undefined) problems.add(problem)
      else if (!models.has(name)) {
        models.add(name)
        follow([...path, name])
      }
    }
  }
  follow([model])
  return { models: [...models], problems: [...problems] }
}
