import { loginPart } from '../../web/pages.ts'
import type { Cloud } from '../client/connect.ts'
import { mapParallel } from '../client/map-parallel.ts'
import { retry } from '../client/retry.ts'
import { type Hosting, isClosed, readHostedFiles, readHosting } from '../hosting/hosting.ts'
import type { Step } from '../prompt/step.ts'
import { type DomainPaths, readAccessDomains } from '../routes/access-service.ts'

/** What `npm run deploy -- --web` has put into the hosting. */
interface HostedPages {
  readonly hosting: Hosting
  /** Without slashes at their ends. A page of the app has no file with our login. */
  readonly folders: readonly string[]
  /** The whole paths of our files in them. */
  readonly files: readonly string[]
}

const findPages = async (cloud: Cloud): Promise<HostedPages | undefined> => {
  const hosting = await readHosting(cloud)
  if (!hosting || isClosed(hosting)) return undefined
  const hosted = [...(await readHostedFiles(cloud, hosting, '')).keys()]
  const login = new RegExp(`^(.+)/assets/${loginPart.file}`)
  const folders = [...new Set(hosted.flatMap((key) => login.exec(key)?.[1] ?? []))]
  const files = folders.flatMap((folder) => hosted.filter((key) => isOurs(key, folder)))
  return { hosting, folders, files }
}

const isPage = (key: string): boolean => key.endsWith('/index.html')
const isLogin = (key: string): boolean => key.includes(`/assets/${loginPart.file}`)
const isPart = (key: string): boolean => !isPage(key) && !isLogin(key)

/** Other files in the folder stay: the app may have put them there. */
const isOurs = (key: string, folder: string): boolean =>
  key.startsWith(`${folder}/`) &&
  /^(index\.html|config\.json|favicon\.svg|assets\/.+)$/.test(key.slice(folder.length + 1))

/** Creates the step that removes the routes to the chat page, on every domain. It comes before the files are removed, by which the
 *  page is known. */
export const createPageRouteRemoval = (cloud: Cloud): Step => {
  const find = async (): Promise<DomainPaths[]> => {
    const { folders = [] } = (await findPages(cloud)) ?? {}
    const paths = folders.map((folder) => `/${folder}`)
    const domains = folders.length === 0 ? [] : await readAccessDomains(cloud)
    return domains
      .map(({ domain, routes }) => {
        const own = routes.filter(({ UpstreamResourceType: type }) => type === 'STATIC_STORE')
        return { domain, paths: own.map(({ Path }) => String(Path)).filter((path) => paths.includes(path)) }
      })
      .filter((found) => found.paths.length > 0)
  }
  const describe = (found: readonly DomainPaths[]): string | undefined =>
    found.map(({ domain, paths }) => `remove ${paths.join(' ')} on ${domain}`).join('; ') || undefined
  return {
    name: 'route of the chat page',
    plan: async () => describe(await find()),
    run: async () => {
      const found = await find()
      for (const { domain: Domain, paths } of found)
        await retry(() => cloud.app.env.deleteHttpServiceRoute({ EnvId: cloud.envId, Domain, Paths: [...paths] }))
      const done = describe(found)
      return done === undefined ? 'nothing to remove' : `done (${done})`
    },
  }
}

/** Creates the step that removes the files of the chat page from the hosting, in each folder that has one. The page goes first, so that
 *  it is never without its parts; the login goes last, because a later run knows the page by it. */
export const createPageRemoval = (cloud: Cloud): Step => {
  const describe = ({ folders, files }: HostedPages): string =>
    `remove ${files.length} files from ${folders.map((folder) => `${folder}/`).join(' ')} of the static hosting`
  return {
    name: 'chat page',
    plan: async () => {
      const found = await findPages(cloud)
      return found && found.files.length > 0 ? describe(found) : undefined
    },
    run: async () => {
      const found = await findPages(cloud)
      if (!found || found.files.length === 0) return 'nothing to remove'
      const { bucket, region } = found.hosting
      const remove = (key: string): Promise<void> =>
        retry(() => cloud.app.storage.deleteFileCustom([key], bucket, region))
      for (const isNext of [isPage, isPart, isLogin]) await mapParallel(found.files.filter(isNext), remove)
      return `done (${describe(found)})`
    },
  }
}
