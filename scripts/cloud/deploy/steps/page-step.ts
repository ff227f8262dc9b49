import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Variables } from '../../../variables/read-variables.ts'
import { createChatConfig, prepareChatPage } from '../../../web/chat-page.ts'
import { type PageFiles, readPageFiles } from '../../../web/page-files.ts'
import { loginPart } from '../../../web/pages.ts'
import type { Cloud } from '../../client/connect.ts'
import { DeploymentError } from '../../client/deployment-error.ts'
import { mapParallel } from '../../client/map-parallel.ts'
import { retry } from '../../client/retry.ts'
import { type Hosting, isClosed, readHostedFiles, readHosting } from '../../hosting/hosting.ts'
import { getPageSite, type PageSite, requireCors } from '../../hosting/page-site.ts'
import type { Step } from '../../prompt/step.ts'
import { findAccessDomain, readAccessDomains } from '../../routes/access-service.ts'

/** The options of the steps of the chat page. */
export interface PageStepOptions {
  /** The folder of the gateway. */
  readonly folder: string
  readonly variables: Variables
  /** The folder of the page in the hosting, without a slash at its ends. */
  readonly webPath: string
}

/** Creates the step that uploads the files of the chat page that have changed. Files of an older page stay, because open browsers may
 *  still load them.
 *  @throws Error if the page is not built, or if `chat_page.json` has a field that is not allowed */
export const createPageStep = (cloud: Cloud, options: PageStepOptions): Step => {
  const built = readPageFiles(join(options.folder, 'dist/web/chat'))
  if (built.size === 0) throw new DeploymentError('The chat page is not built. Run npm run build.')
  // A wrong file is reported before the first change, even if there is no domain yet.
  createChatConfig(options.folder, options.variables, '/')
  return {
    name: 'chat page',
    plan: async () => {
      const place = await findPage(cloud, options)
      if (!place)
        return `upload ${built.size} files to ${options.webPath}/, once the hosting and the gateway have a domain`
      return describe(await findChanges(cloud, place, built, options), place)
    },
    run: async () => {
      const place = await findPage(cloud, options)
      if (!place) throw new DeploymentError('The chat page has no domain yet. Run the same command again in a minute.')
      const changed = await findChanges(cloud, place, built, options)
      await upload(cloud, place.hosting, changed)
      const done = describe(changed, place)
      return done === undefined ? 'up to date' : `done (${done})`
    },
  }
}

/** The hosting, and where the page lies on it. */
export interface PagePlace {
  readonly hosting: Hosting
  readonly site: PageSite
}

/** Finds where the page lies. Returns undefined if there is no domain yet. */
export const findPage = async (
  cloud: Cloud,
  { variables, webPath }: Pick<PageStepOptions, 'variables' | 'webPath'>,
): Promise<PagePlace | undefined> => {
  const [hosting, domains] = [await readHosting(cloud), await readAccessDomains(cloud)]
  const access = findAccessDomain(domains, variables)
  if (!access || !hosting || isClosed(hosting)) return undefined
  return { hosting, site: getPageSite(access, hosting, webPath) }
}

const describe = (changed: PageFiles, { site }: PagePlace): string | undefined => {
  if (changed.size === 0) return undefined
  const bytes = [...changed.values()].reduce((sum, content) => sum + content.length, 0)
  const files = changed.size === 1 ? 'a file' : `${changed.size} files`
  return `upload ${files}, ${(bytes / 1024).toFixed(1)} KB, to ${site.url}`
}

/** Returns the files that differ from what is hosted, by their whole path. */
const findChanges = async (
  cloud: Cloud,
  { hosting, site }: PagePlace,
  built: PageFiles,
  { folder, variables, webPath }: PageStepOptions,
): Promise<PageFiles> => {
  requireCors(site, variables)
  const { files } = prepareChatPage(built, createChatConfig(folder, variables, site.gateway))
  const hosted = await readHostedFiles(cloud, hosting, webPath)
  rejectOtherPage([...hosted.keys()], webPath)
  return new Map(
    [...files]
      .map(([name, content]) => [`${webPath}/${name}`, content] as const)
      .filter(([key, content]) => hosted.get(key) !== createHash('md5').update(content).digest('hex')),
  )
}

/** A page of the app must not be overwritten. Ours has the file with the login. */
const rejectOtherPage = (hosted: readonly string[], webPath: string): void => {
  const isOurs = hosted.some((key) => key.startsWith(`${webPath}/assets/${loginPart.file}`))
  if (isOurs || !hosted.includes(`${webPath}/index.html`)) return
  throw new DeploymentError(
    `The folder ${webPath}/ of the hosting holds another page. Choose another one with --web-path.`,
  )
}

/** The page itself comes last, when the files that it names are there. */
const upload = async (cloud: Cloud, hosting: Hosting, files: PageFiles): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'chat-page-'))
  const send = async ([cloudPath, content]: readonly [string, Buffer]): Promise<void> => {
    const localPath = join(folder, cloudPath)
    mkdirSync(dirname(localPath), { recursive: true })
    writeFileSync(localPath, content)
    const place = { bucket: hosting.bucket, region: hosting.region, fileId: false }
    await retry(() => cloud.app.storage.uploadFileCustom({ localPath, cloudPath, ...place }))
  }
  const isPage = ([key]: readonly [string, Buffer]): boolean => key.endsWith('/index.html')
  try {
    await mapParallel(
      [...files].filter((file) => !isPage(file)),
      send,
    )
    for (const page of [...files].filter(isPage)) await send(page)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
