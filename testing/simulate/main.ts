import { UsageError } from '../../scripts/command-line/usage-error.ts'
import { readArguments } from '../rig/parse-arguments.ts'
import { randomFrom } from '../rig/random.ts'
import { defaultLoad, type StoreName } from './load.ts'
import { measureFlushes } from './measure-flush.ts'
import { measureAll } from './measure-hot-quota.ts'
import { formatLimits, formatOutcomes } from './print-outcomes.ts'
import { simulate } from './simulate.ts'

/** `npm run simulate`: what growing numbers of users need and cost, and which limit breaks first. */

const usage = `npm run simulate -- [options]

  --users LIST        users online at the same time (default 1,10,100,1000,10000,100000)
  --per-hour N        answers of one user in an hour (default ${defaultLoad.answersPerHour})
  --seconds N         mean time of an answer (default ${defaultLoad.answerSeconds})
  --tokens N          tokens of an answer (default ${defaultLoad.answerTokens})
  --memory MB         memory of the chat function (default ${defaultLoad.memoryMb})
  --concurrency N     requests that one instance serves at a time (default ${defaultLoad.concurrency})
  --keep N            seconds that the platform keeps an idle instance (default ${defaultLoad.keepSeconds})
  --store NAME        collection (default), mysql or rdb
  --durability NAME   intent (default) or final
  --wallet NAME       on (default) or off
  --quota-rows N      rows of quotas that a call counts in (default ${defaultLoad.quotaRows})
  --seed N            seed of the random numbers (default 1)
  --hot-quota NAME    on: measures how long calls wait for a quota of all calls instead (default off)
  --flush NAME        on: measures how many records a second the flush delivers instead (default off); needs npm run build`

const allowed = {
  store: ['collection', 'mysql', 'rdb'],
  durability: ['intent', 'final'],
  wallet: ['on', 'off'],
  'hot-quota': ['on', 'off'],
  flush: ['on', 'off'],
} as const

const options = readArguments(
  usage,
  {
    users: '1,10,100,1000,10000,100000',
    'per-hour': defaultLoad.answersPerHour,
    seconds: defaultLoad.answerSeconds,
    tokens: defaultLoad.answerTokens,
    memory: defaultLoad.memoryMb,
    concurrency: defaultLoad.concurrency,
    keep: defaultLoad.keepSeconds,
    store: defaultLoad.store,
    durability: defaultLoad.durability,
    wallet: 'on',
    'quota-rows': 0,
    seed: 1,
    'hot-quota': 'off',
    flush: 'off',
  },
  (values) => {
    for (const [name, words] of Object.entries(allowed)) {
      const value = String(values[name as keyof typeof allowed])
      if (!(words as readonly string[]).includes(value))
        throw new UsageError(`--${name} is ${words.join(' or ')}, not '${value}'.`, usage)
    }
    for (const name of ['per-hour', 'seconds', 'concurrency', 'memory'] as const)
      if (values[name] <= 0) throw new UsageError(`--${name} takes a number above 0.`, usage)
    if (!/^\d+(,\d+)*$/.test(values.users) || values.users.split(',').some((users) => Number(users) === 0))
      throw new UsageError(`--users takes whole numbers above 0, separated by commas, not '${values.users}'.`, usage)
  },
)

const printOutcomes = (): void => {
  const outcomes = options.users.split(',').map((users) =>
    simulate(
      {
        ...defaultLoad,
        users: Number(users),
        answersPerHour: options['per-hour'],
        answerSeconds: options.seconds,
        answerTokens: options.tokens,
        memoryMb: options.memory,
        concurrency: options.concurrency,
        keepSeconds: options.keep,
        store: options.store as StoreName,
        durability: options.durability as 'intent' | 'final',
        wallet: options.wallet === 'on',
        quotaRows: options['quota-rows'],
      },
      randomFrom(options.seed),
    ),
  )
  console.log(formatOutcomes(outcomes))
  const last = outcomes.at(-1)
  if (last) console.log(`\nThe limits with ${last.users} users, the nearest first:\n\n${formatLimits(last)}`)
}

const measure = options.flush === 'on' ? measureFlushes : options['hot-quota'] === 'on' ? measureAll : undefined
if (measure) void measure().then((table) => console.log(table))
else printOutcomes()
