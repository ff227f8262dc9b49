import type { InEachLanguage } from '../language.ts'

const en = {
  help: (commands: string) => `npm run keys -- COMMAND [options]

${commands}

Options of create; each may be left out:
  --name TEXT          what the key is for
  --models A,B         the only models
  --endpoints A,B      the only endpoints, such as chat/completions
  --addresses A,B      the only addresses or ranges, such as 203.0.113.0/24
  --points N           the most points in a --window: minute, 5h, day, week, month or total
  --expires 2027-01-01 when it ends, in China's time
  --groups A,B         the groups of the owner, for models that are open to groups

The keys are in the store of USAGE_STORE; without it, in that of npm run dev. The variables may also be in .env.`,
  create: 'makes a key for a user, and shows it once',
  list: 'lists the keys of a user, or of all',
  show: 'shows a key by its id, as JSON',
  revoke: 'ends a key by its id, or with --user all keys of a user',
  groups: 'replaces the groups of all active keys of a user by those of --groups',
  created: (id: string, user: string) => `The key ${id} belongs to ${user}. This is the only time that it is shown:`,
  revoked: (id: string) => `${id} is revoked. Functions that have just used it may accept it for a minute.`,
  regrouped: (count: number) => `${count} ${count === 1 ? 'key has' : 'keys have'} other groups now.`,
  noGroups: "Name the groups with --groups; --groups '' takes all away.",
  none: 'There are no keys.',
  noKey: (id: string) => `There is no key ${id}. npm run keys -- list shows the ids.`,
  nothingToRevoke: 'Name a key by its id, or all keys of a user with --user.',
  pointsUnshared: '--points needs USAGE_STORE=collection, mysql or rdb, which counts them.',
  failed: (reason: string) => `The store of keys failed. ${reason}`,
  notOn: 'Set KEYS=on for the gateway, or it accepts no key.',
}

const zh: typeof en = {
  help: (commands) => `npm run keys -- 命令 [选项]

${commands}

create 的选项，均可省略：
  --name 文字          密钥的用途
  --models A,B         只能使用这些模型
  --endpoints A,B      只能调用这些接口，如 chat/completions
  --addresses A,B      只能从这些地址或网段调用，如 203.0.113.0/24
  --points N           --window 时间内最多使用的积分：minute、5h、day、week、month 或 total
  --expires 2027-01-01 到期时间（中国时间）
  --groups A,B         所有者的用户组，用于只对用户组开放的模型

密钥存放在 USAGE_STORE 指定的存储中；未设置时为 npm run dev 的存储。变量也可写在 .env 中。`,
  create: '为用户创建密钥，只显示一次',
  list: '列出某个用户或全部用户的密钥',
  show: '按 ID 查看密钥（JSON）',
  revoke: '按 ID 撤销密钥；--user 撤销某个用户的全部密钥',
  groups: '把某个用户全部有效密钥的用户组改为 --groups',
  created: (id, user) => `密钥 ${id} 属于 ${user}。只显示这一次：`,
  revoked: (id) => `${id} 已撤销。刚用过它的函数最多还会接受一分钟。`,
  regrouped: (count) => `已更改 ${count} 个密钥的用户组。`,
  noGroups: "请用 --groups 写出用户组；--groups '' 表示清空。",
  none: '没有密钥。',
  noKey: (id) => `没有密钥 ${id}。npm run keys -- list 可查看 ID。`,
  nothingToRevoke: '请写出密钥 ID，或用 --user 指定用户以撤销其全部密钥。',
  pointsUnshared: '--points 需要 USAGE_STORE=collection、mysql 或 rdb 来计数。',
  failed: (reason) => `密钥的存储出错。${reason}`,
  notOn: '网关须设置 KEYS=on 才会接受密钥。',
}

/** The messages of `npm run keys`. */
export const keyMessages: InEachLanguage<typeof en> = { en, zh }

/** The messages in one language. */
export type KeyMessages = typeof en
