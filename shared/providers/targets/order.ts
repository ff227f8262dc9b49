import type { Route, Target } from '../../protocol/route.ts'
import { memoizeWeak } from '../../runtime/memoize.ts'
import { hashText, mixBits } from './affinity.ts'

/** Returns all targets of a route in the order in which a conversation tries them: tier by tier; within a tier by
 *  weighted rendezvous hashing of its groups (Schindelhauer and Schomaker, "Weighted Distributed Hash Tables", 2005);
 *  within a group all keys before the next group. The same conversation gets the same order, without any state, and a
 *  target that is missing changes the order of no other.
 *  @param conversation the result of `hashConversation` */
export const orderTargets = (route: Route, conversation: number): readonly Target[] =>
  getScores(route, conversation)
    .sort(compare)
    .map(({ target }) => target)

/** Returns the first target of {@link orderTargets}, without the work for the others: most calls need no other. */
export const findFirstTarget = (route: Route, conversation: number): Target =>
  getScores(route, conversation).reduce((first, other) => (compare(first, other) <= 0 ? first : other)).target

interface ScoredTarget {
  readonly target: Target
  readonly groupScore: number
  readonly keyScore: number
}

const getScores = (route: Route, conversation: number): ScoredTarget[] =>
  getSeeds(route).map(({ target, group, key, isOnlyKey }) => ({
    target,
    groupScore: getScore(conversation ^ group, target.weight),
    keyScore: isOnlyKey ? 0 : getScore(conversation ^ key, 1),
  }))

const compare = (one: ScoredTarget, other: ScoredTarget): number =>
  one.target.tier - other.target.tier ||
  other.groupScore - one.groupScore ||
  one.target.group - other.target.group ||
  other.keyScore - one.keyScore

interface Seeds {
  readonly target: Target
  readonly group: number
  readonly key: number
  /** Whether no other target of its tier is in its group. */
  readonly isOnlyKey: boolean
}

const getSeeds = memoizeWeak(({ targets }: Route): readonly Seeds[] =>
  targets.map((target) => {
    const keys = targets.filter(({ tier, group }) => tier === target.tier && group === target.group)
    const [{ name } = target] = keys
    return { target, group: hashText(`group ${name}`), key: hashText(target.name), isOnlyKey: keys.length === 1 }
  }),
)

/** The score of one candidate. The candidate with the highest one wins, in proportion to its share of all weights. */
const getScore = (hash: number, weight: number): number => -weight / Math.log((mixBits(hash) + 0.5) / 2 ** 32)
