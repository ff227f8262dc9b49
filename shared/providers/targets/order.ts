import type { Route, Target } from '../../protocol/route.ts'
import { memoizeWeak } from '../../runtime/memoize.ts'
import { hashText, mixBits } from './affinity.ts'

/** Returns all targets of a route in the order in which a conversation tries them: tier by tier; within a tier by
 *  weighted rendezvous hashing of its groups (Schindelhauer and Schomaker, "Weighted Distributed Hash Tables", 2005);
 *  within a group all keys before the next group. The same conversation gets the same order, without any state, and a
 *  target that is missing changes the order of no other.
 *  @param conversation the result of `hashConversation` */
export const orderTargets = (route: Route, conversation: number): readonly Target[] =>
  getSeeds(route)
    .map(({ target, group, key }) => ({
      target,
      groupScore: getScore(conversation ^ group, target.weight),
      keyScore: getScore(conversation ^ key, 1),
    }))
    .sort(
      (one, other) =>
        one.target.tier - other.target.tier ||
        other.groupScore - one.groupScore ||
        one.target.group - other.target.group ||
        other.keyScore - one.keyScore,
    )
    .map(({ target }) => target)

interface Seeds {
  readonly target: Target
  readonly group: number
  readonly key: number
}

const getSeeds = memoizeWeak(({ targets }: Route): readonly Seeds[] =>
  targets.map((target) => {
    const first = targets.find(({ tier, group }) => tier === target.tier && group === target.group) ?? target
    return { target, group: hashText(`group ${first.name}`), key: hashText(target.name) }
  }),
)

/** The score of one candidate. The candidate with the highest one wins, as often as its share of all weights says. */
const getScore = (hash: number, weight: number): number => -weight / Math.log((mixBits(hash) + 0.5) / 2 ** 32)
