import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'

/** Whether the chart has pixels in the colour of the first model, as an expression for a page. */
const isChartDrawn = `(() => {
  const canvas = document.querySelector('.chart canvas')
  const probe = document.querySelector('.colour-0')
  if (!canvas || !probe) return false
  const [red, green, blue] = getComputedStyle(probe, '::before').backgroundColor.match(/\\d+/g).map(Number)
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
  let found = 0
  for (let at = 0; at < data.length; at += 4)
    if (data[at] === red && data[at + 1] === green && data[at + 2] === blue && data[at + 3] === 255) found++
  return found > 50
})()`

/** Waits until the chart is drawn. If it never is, the test ends by its timeout. The page is asked from here: its policy forbids the
 *  `eval` by which `waitForFunction` would ask again. */
export const waitForChart = async (page: Page): Promise<void> => {
  while (!(await page.evaluate(isChartDrawn))) await sleep(20)
}
