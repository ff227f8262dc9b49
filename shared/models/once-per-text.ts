/** Makes a function of a text that works out each answer once, and keeps it: not for texts that strangers choose. */
export const oncePerText = <Result>(judge: (text: string) => Result): ((text: string) => Result) => {
  const known = new Map<string, Result>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined || known.has(text)) return found as Result
    const result = judge(text)
    known.set(text, result)
    return result
  }
}
