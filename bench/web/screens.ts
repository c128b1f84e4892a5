import type { Demo } from './demo.ts'

/** A screen that is measured. */
export interface Screen {
  name: string
  path: string
  /** What it is full of, and how many there are at least: an error or an empty screen is quick, too. */
  has: string
  least: number
}

interface Present {
  rows: { target_id: string }[]
}

/** The screens that Lighthouse looks at, with a target that is called in several regions, over 30 days. */
export async function screensOf({ ask }: Demo): Promise<{ screens: Screen[]; target: Screen }> {
  const { rows } = await ask<Present>('/now')
  const [id, regions] = [...Map.groupBy(rows, (row) => row.target_id)].toSorted(
    ([, a], [, b]) => b.length - a.length,
  )[0] ?? ['', []]
  if (regions.length < 3) throw new Error('the data have no target in three regions: make them with demo.ts')
  const target: Screen = { name: 'Target', path: `/targets/${id}?range=30d`, has: 'main canvas', least: 4 }
  const screens = [
    { name: 'Now', path: '/', has: 'main tbody tr', least: rows.length },
    target,
    { name: 'Benchmark', path: '/benchmark', has: 'section[aria-label="Models"] label', least: 60 },
  ]
  return { screens, target }
}

/** A page of whatever drives the browser. */
interface Evaluates {
  evaluate: (expression: string) => Promise<unknown>
}

/** Waits until a page shows a screen in full. Rejects if that does not come: what was measured then was something else. */
export async function shows(page: Evaluates, screen: Screen, patienceMs = 60_000): Promise<void> {
  const giveUp = Date.now() + patienceMs
  for (;;) {
    const fault = await page.evaluate(faultOf(screen))
    if (typeof fault !== 'string') return
    if (Date.now() > giveUp) throw new Error(fault)
    await new Promise((wait) => setTimeout(wait, 100))
  }
}

/** An expression: why a page is not the screen that was meant; null if it is. */
const faultOf = ({ name, has, least }: Screen): string => `(() => {
  const failed = document.querySelector('main [role="alert"]')
  if (failed !== null) return '${name} shows a problem: ' + failed.innerText
  const n = document.querySelectorAll('${has}').length
  return n >= ${least} ? null : '${name} has ' + n + ' of ${least} ${has}'
})()`
