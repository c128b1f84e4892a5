import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

/** What axe finds wrong with a page as it is shown now, by all of its rules or by some, as texts. */
async function violationsOf(page: Page, rules: string[] | null): Promise<string[]> {
  // A colour on its way to another has the contrast of neither.
  await page.evaluate(
    'for (const each of document.getAnimations()) if (each.effect.getTiming().iterations !== Infinity) each.finish()',
  )
  if (!(await page.evaluate<boolean>('"axe" in window'))) await page.evaluate(axe.source)
  return page.evaluate<string[]>(
    `axe.run(document, ${JSON.stringify({ resultTypes: ['violations'], selectors: false, ...(rules && { runOnly: rules }) })}).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`,
  )
}

/**
 * Nothing of what a page shows is wrong for axe, narrow and wide, in both themes, and nothing is wider than its window, which is wide
 * afterwards. A theme changes colours alone, so the second one is judged by its contrast.
 */
export async function expectAccessible(page: Page): Promise<void> {
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 844 })
    for (const [colorScheme, rules] of [
      ['dark', null],
      ['light', ['color-contrast']],
    ] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      expect(await violationsOf(page, rules && [...rules]), `${page.url()} ${colorScheme} ${width}`).toEqual(
        [],
      )
    }
    const wider = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
    expect(wider, `${page.url()} ${width}`).toBeLessThanOrEqual(0)
  }
}
