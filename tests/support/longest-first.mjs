import Sequencer from '@jest/test-sequencer'

/** Files that take more than fifteen seconds, most of which they wait. If they began last, they would run alone at the end. */
const long = [
  'e2e/deploy',
  'e2e/playground',
  'e2e/store-outage',
  'gateway/call/metering',
  'limits/limit-store',
  'local/main',
  'project/docs-command',
  'project/linear-time',
  'providers/response/complete-stream',
  'scripts/models.',
  'usage/ledger',
  'wallet',
]

/** Starts long test files first. Jest knows their durations after a first run only; without them it would go by their sizes. */
export default class LongestFirst extends Sequencer {
  async sort(tests) {
    const sorted = await super.sort(tests)
    const isLong = ({ path }) => long.some((start) => path.replaceAll('\\', '/').includes(`/tests/${start}`))
    return [...sorted.filter(isLong), ...sorted.filter((test) => !isLong(test))]
  }
}
