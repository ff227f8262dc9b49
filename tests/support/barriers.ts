import axe from 'axe-core'
import type { Page } from 'playwright-core'

/** Returns what axe finds that keeps people from using the page. */
export const findBarriers = (page: Page): Promise<string[]> =>
  // The policy of the page forbids scripts of others, so that axe comes by the protocol of the developer tools.
  page.evaluate(`${axe.source};
    axe.run().then(({ violations }) => violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => id + ' ' + nodes.map(({ html }) => html).join(' ')))`)

/** Returns by how many pixels the page is wider than its window. */
export const measureOverflow = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')

/** Returns the elements that are too small to touch, as HTML. A radio button is touched by its label. */
export const findSmallTargets = (page: Page): Promise<string> =>
  page.evaluate(`[...document.querySelectorAll('button, select, summary, input, textarea, nav a')]
    .filter((element) => element.checkVisibility())
    .filter((element) => (element.type === 'radio' ? element.labels[0] : element).getBoundingClientRect().height < 44)
    .map(({ outerHTML }) => outerHTML).join()`)
