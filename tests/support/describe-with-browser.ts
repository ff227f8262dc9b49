import { describe } from '@jest/globals'
import { provideBrowser } from '../../testing/servers/browser.ts'
import { isUnitRun } from '../../testing/servers/full-run.ts'

/** The path of the browser. Undefined: the machine has none. */
export const browserProgram = isUnitRun ? undefined : provideBrowser()

const isMissing = !isUnitRun && browserProgram === undefined
const problem = 'There is no browser to test with. Install chromium, or set TEST_CHROMIUM.'

if (isMissing && process.env['CI'] === 'true') throw new Error(problem)
if (isMissing) console.error(`\n!! TESTS OF THE PAGES ARE SKIPPED. ${problem}\n`)

/** Like `describe`, for tests that need a browser. It skips them if the machine has none. In `npm run test:unit` they fail. */
export const describeWithBrowser = isMissing ? describe.skip : describe
