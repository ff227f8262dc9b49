import { rdbStore } from '../../shared/usage/store/rdb-store.ts'
import { rdbWalletStore } from '../../shared/wallet/rdb-wallet-store.ts'
import { startCloudbasePostgres } from '../stand-ins/cloudbase-postgres.ts'
import { serviceKey } from '../stand-ins/postgres-api.ts'
import { faultyProxy } from './faulty-proxy.ts'
import { readAllRows, type StoreUnderTest } from './store-under-test.ts'

const timeoutMs = 60_000

/** The code that sends a function's requests for CloudBase's API to a loopback port: the SDK cannot use a loopback host. */
const createRedirection = (port: number): string => `
import http from 'node:http'
import https from 'node:https'
const original = https.request
https.request = (target, options, onResponse) => {
  const url = new URL(target)
  if (!url.hostname.endsWith('.tcloudbasegateway.com')) return original(target, options, onResponse)
  const { agent, ...rest } = options
  return http.request(new URL(url.pathname + url.search, 'http://127.0.0.1:${port}'), rest, onResponse)
}`

/** The store of `USAGE_STORE=rdb` on a new PostgreSQL server, behind CloudBase's API and a faulty proxy.
 *  @param program the path of `postgres` */
export const rdbUnderTest = async (program: string, seed: number): Promise<StoreUnderTest> => {
  Object.assign(process.env, { TENCENTCLOUD: 'true', SILENCE: 'true' })
  const postgres = await startCloudbasePostgres(program, ['usage', 'wallet'])
  const proxy = await faultyProxy(Number(new URL(postgres.url).port), { faults: 0, seed })
  const access = { envId: 'chaos', region: 'ap-shanghai', credentials: { accessKey: serviceKey } }
  const options = { ...access, table: 'llm_gateway_usage', timeoutMs }
  const store = rdbStore(options)
  return {
    variables: {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(createRedirection(proxy.port))}`,
      TENCENTCLOUD: 'true',
      SILENCE: 'true',
      USAGE_STORE: 'rdb',
      CLOUDBASE_ENV_ID: 'chaos',
      CLOUDBASE_APIKEY: serviceKey,
    },
    setFaults: (share) => Promise.resolve(proxy.setFaults(share)),
    rows: () => readAllRows(store),
    openWallets: () => rdbWalletStore(options),
    close: async () => {
      await proxy.close()
      await postgres.close()
    },
  }
}
