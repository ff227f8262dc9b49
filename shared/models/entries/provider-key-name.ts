/** What the name of a variable with a provider's key looks like. */
const providerKey = /^[A-Z][A-Z0-9_]*_(API_KEY|KEY|TOKEN)$/

/** Variables that belong to the platform, the database, the gateway, or a developer's own tools, by how their names begin
 *  (CloudBase documentation, "Environment variables"; the gateway's own are in `shared/gateway/config/environment.ts`). */
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

/** Words that no provider's key has in its name, but other secrets do. */
const foreignWords: ReadonlySet<string> = new Set([
  ...['ADMIN', 'COOKIE', 'DATABASE', 'ENCRYPTION', 'JWT', 'MYSQL', 'PASSWD', 'PASSWORD', 'PRIVATE', 'REDIS'],
  ...['REFRESH', 'SECRET', 'SECRETKEY', 'SESSION', 'SIGNING', 'SSH', 'TLS', 'WEBHOOK'],
])

/** Whether a row of the model map may have this variable sent to its provider. Whoever can write the table chooses both the
 *  address and the name, so a name that is not plainly a provider's key is refused. */
export const isProviderKeyName = (name: string): boolean => {
  const upper = name.toUpperCase()
  return (
    providerKey.test(upper) &&
    !foreignPrefixes.some((prefix) => upper.startsWith(prefix)) &&
    !upper.split('_').some((word) => foreignWords.has(word))
  )
}
