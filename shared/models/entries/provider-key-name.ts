/** The names of variables that hold a provider's key. */
const providerKey = /^[A-Z][A-Z0-9_]*_(API_KEY|KEY|TOKEN)$/

/** How the names of other variables begin: the platform's, the database's, the gateway's and those of developers' tools
 *  (CloudBase documentation, "Environment variables"; `shared/gateway/config/variables/environment.ts` has the gateway's own). */
const foreignPrefixes = [
  'AWS_',
  'BILLING_',
  'CLOUDBASE_',
  'CONFIG_',
  'COS_',
  'DATABASE_',
  'DB_',
  'GATEWAY_',
  'GH_',
  'GITHUB_',
  'MYSQL_',
  'NODE_',
  'NPM_',
  'QCLOUD_',
  'REMOTE_CONFIG_',
  'SCF_',
  'TCB_',
  'TENCENTCLOUD_',
  'USAGE_',
  'USER_HASH_',
  'WX_',
] as const

/** Words in the names of other secrets, but not in the names of providers' keys. */
const foreignWords: ReadonlySet<string> = new Set([
  ...['ADMIN', 'COOKIE', 'DATABASE', 'ENCRYPTION', 'JWT', 'MYSQL', 'PASSWD', 'PASSWORD', 'PRIVATE', 'REDIS'],
  ...['REFRESH', 'SECRET', 'SECRETKEY', 'SESSION', 'SIGNING', 'SSH', 'TLS', 'WEBHOOK'],
])

/** Whether an entry of the model map may send this variable to its provider. A person who can write the table chooses
 *  both the address and the variable, so only a name that is clearly a provider's key is allowed. */
export const isProviderKeyName = (name: string): boolean => {
  const upper = name.toUpperCase()
  return (
    providerKey.test(upper) &&
    !foreignPrefixes.some((prefix) => upper.startsWith(prefix)) &&
    !upper.split('_').some((word) => foreignWords.has(word))
  )
}
