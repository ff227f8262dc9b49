import type { AlertFacts } from '../stores/alert-book.ts'

/** A text in both languages. */
export interface AlertText {
  readonly en: string
  readonly zh: string
}

type Describe = { readonly [Kind in AlertFacts['kind']]: (facts: Extract<AlertFacts, { kind: Kind }>) => AlertText }

const alertTexts: Describe = {
  key_refused: ({ provider, target }) => ({
    en: `${clean(provider)} refuses the key of ${clean(target)}. Replace the key.`,
    zh: `${clean(provider)} 拒绝了 ${clean(target)} 的密钥，请更换密钥。`,
  }),
  account_empty: ({ provider, target }) => ({
    en: `The account at ${clean(provider)} that ${clean(target)} uses has no credit. Top it up.`,
    zh: `${clean(target)} 所用的 ${clean(provider)} 账户余额不足，请充值。`,
  }),
  target_rests: ({ target, reason, minutes }) => ({
    en: `${clean(target)} does not work (${reason}): it rests for ${minutes} minutes in all. Look for target_rests in the log.`,
    zh: `${clean(target)} 无法使用（${reason}），累计暂停 ${minutes} 分钟，请在日志中查找 target_rests。`,
  }),
  low_balance: ({ user_id, balance, bound }) => ({
    en: `User ${clean(user_id)} has ${balance} points left, fewer than ${bound}.`,
    zh: `用户 ${clean(user_id)} 仅剩 ${balance} 积分，低于 ${bound}。`,
  }),
  spend_points: ({ points, bound }) => ({
    en: `Users have used ${points} points today, more than ${bound}.`,
    zh: `今日已消耗 ${points} 积分，超过 ${bound}。`,
  }),
  spend_yuan: ({ yuan, bound }) => ({
    en: `Providers have charged ${yuan} yuan today, more than ${bound}.`,
    zh: `今日供应商费用已达 ${yuan} 元，超过 ${bound} 元。`,
  }),
  records_dead: ({ count }) => ({
    en: `The billing webhook refused ${count} records for 72 hours. Repair it, then run npm run usage -- redrive.`,
    zh: `计费 webhook 在 72 小时内一直未接收 ${count} 条记录。修复后请执行 npm run usage -- redrive。`,
  }),
}

/** Describes an alert. */
export const describeAlert = (facts: AlertFacts): AlertText =>
  (alertTexts[facts.kind] as (facts: AlertFacts) => AlertText)(facts)

const maxShownName = 80

/** Shortens a name. Chats take tags such as `<at user_id="all">` for orders, so a name has none. */
const clean = (name: string): string => name.replace(/[<>\p{Cc}]/gu, ' ').slice(0, maxShownName)
