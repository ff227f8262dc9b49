import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { findProgram, installPackages } from './database-program.ts'
import { requireFullRun } from './full-run.ts'

/** Folders of browsers: PATH, Debian, Homebrew and the official package on Apple machines. */
const folders = [
  ...(process.env['PATH'] ?? '').split(':').filter((folder) => folder !== ''),
  '/usr/bin',
  '/usr/lib/chromium',
  '/opt/homebrew/bin',
  '/Applications/Chromium.app/Contents/MacOS',
  '/Applications/Google Chrome.app/Contents/MacOS',
]

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'Chromium', 'Google Chrome']

const findBrowser = (): string | undefined => findProgram(folders, names)

/** Returns the path of Chromium, which is installed first where that is possible; undefined if the machine has none.
 *  `TEST_CHROMIUM` names another one. */
export const provideBrowser = (): string | undefined => {
  const given = process.env['TEST_CHROMIUM']
  if (given) return given
  if (!findBrowser()) installPackages('chromium')
  return findBrowser()
}

/** Shorter than a test, so that a wait that fails says what it waited for. */
const waitMs = 15_000

/** A browser, and what its pages have complained about. */
export interface TestBrowser {
  /** Opens a page in a context of its own, which has no storage. */
  readonly open: (url: string, options?: BrowserContextOptions) => Promise<Page>
  /** Returns errors of scripts, and warnings and errors of the console, such as a violation of a policy, since the last call. */
  readonly takeComplaints: () => readonly string[]
  readonly close: () => Promise<void>
}

/** Starts Chromium without a window.
 *  @param program the path of Chromium */
export const startBrowser = async (program: string): Promise<TestBrowser> => {
  requireFullRun()
  // Chromium refuses to run as root inside its sandbox. Containers have a small /dev/shm.
  const args = ['--disable-dev-shm-usage', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])]
  const browser: Browser = await chromium.launch({ executablePath: program, args, timeout: 60_000 })
  const complaints: string[] = []
  return {
    takeComplaints: () => complaints.splice(0),
    open: async (url, options = {}) => {
      const context = await browser.newContext({ viewport: { width: 1_120, height: 760 }, locale: 'en-US', ...options })
      context.setDefaultTimeout(waitMs)
      const page = await context.newPage()
      page.on('pageerror', (error) => complaints.push(error.message))
      page.on('console', (message) => {
        if (['warning', 'error'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`)
      })
      await page.goto(url)
      return page
    },
    close: () => browser.close(),
  }
}
