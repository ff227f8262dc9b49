/** Runs the same check for several cases at the same time, for checks that mostly wait. The first item of a case is its title. All
 *  checks run to their end.
 *  @throws Error that names each case that failed, and why */
export const checkTogether = async <Rest extends unknown[]>(
  cases: readonly (readonly [title: string, ...rest: Rest])[],
  check: (title: string, ...rest: Rest) => Promise<unknown>,
): Promise<void> => {
  const results = await Promise.allSettled(cases.map((given) => check(...given)))
  const failures = results.flatMap((result, index) =>
    result.status === 'rejected' ? [`${cases[index]?.[0]}: ${String(result.reason)}`] : [],
  )
  if (failures.length > 0) throw new Error(failures.join('\n\n'))
}
