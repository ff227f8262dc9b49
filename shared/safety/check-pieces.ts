import { type CheckedText, type CheckService, isStopping, type Verdict, type VerdictKind } from '../protocol/safety.ts'

/** The part of a piece that repeats the one before, so that nothing is cut by its edge. */
const overlap = 100

/** Pieces that are checked at the same time. */
const maxParallel = 4

/** How bad a verdict is: of several, the worst counts. */
export const gravity: Readonly<Record<VerdictKind, number>> = { pass: 0, review: 1, unchecked: 2, block: 3 }

/** Has a text of any length checked by a service, in pieces that overlap. After one that must not go out, no further ones
 *  are sent. Resolves with the worst verdict. */
export const checkPieces = async (
  { check, maxLength }: CheckService,
  { text, ...about }: CheckedText,
): Promise<Verdict> => {
  const starts: number[] = []
  for (let start = 0; start === 0 || start + overlap < text.length; start += maxLength - overlap) starts.push(start)
  let worst: Verdict = { kind: 'pass' }
  for (let index = 0; index < starts.length && !isStopping(worst); index += maxParallel) {
    const group = starts.slice(index, index + maxParallel).map(async (start): Promise<Verdict> => {
      const verdict = await check({ ...about, text: text.slice(start, start + maxLength) })
      return verdict.at === undefined ? verdict : { ...verdict, at: start + verdict.at }
    })
    for (const verdict of await Promise.all(group)) if (isWorse(verdict, worst)) worst = verdict
  }
  return worst
}

const isWorse = (one: Verdict, other: Verdict): boolean =>
  isStopping(one) !== isStopping(other) ? isStopping(one) : gravity[one.kind] > gravity[other.kind]
