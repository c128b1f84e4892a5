import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { openDashboard } from '../src/cli/dashboard.ts'
import { openBrowser } from '../test/support/browser.ts'
import { printBench } from './goals.ts'
import { type Demo, makeDemo, serveDemo } from './web/demo.ts'
import { measureDraw } from './web/draw.ts'
import { measureLighthouse } from './web/lighthouse.ts'
import { measureLive } from './web/live.ts'
import type { Part } from './web/part.ts'
import { type Screen, screensOf } from './web/screens.ts'
import { measureSizes } from './web/sizes.ts'
import { measureTabs } from './web/tabs.ts'

// What the dashboard weighs, what it spends and how quick it is, over the demo data, from a real server in a headless browser.
// Making the data takes minutes; with --data it is there already. `--part NAME` measures only that: sizes, draw, live, tabs or
// lighthouse, which is fetched by npm once and takes half a minute a page.
const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    data: { type: 'string' },
    part: { type: 'string' },
    repeats: { type: 'string', default: '5' },
  },
})
const say = (message: string) => process.stderr.write(`${message}\n`)

async function measure(demo: Demo): Promise<Part> {
  const { screens, target } = await screensOf(demo)
  const browser = await openBrowser()
  if (browser === null) throw new Error('no browser runs here')
  try {
    const parts: Record<string, () => Promise<Part>> = {
      sizes: () => measureSizes(browser, demo, screens[0] as Screen),
      draw: () => measureDraw(browser, demo, target),
      live: () => measureLive(browser, demo),
      tabs: () => measureTabs(browser, demo),
      lighthouse: () => measureLighthouse(demo, screens, { repeats: Number(values.repeats), say }),
    }
    const found: Part[] = []
    for (const [name, part] of Object.entries(parts)) {
      if (values.part !== undefined && name !== values.part) continue
      say(`measuring: ${name}`)
      found.push(await part())
    }
    return { figures: found.flatMap(({ figures }) => figures), goals: found.flatMap(({ goals }) => goals) }
  } finally {
    await browser.close()
  }
}

const root = mkdtempSync(join(tmpdir(), 'firsttoken-web-'))
try {
  const { problem } = await openDashboard(resolve('.'))
  if (problem !== null) throw new Error(problem)
  if (values.data === undefined) say('making the demo data')
  const demo = await serveDemo(root, resolve(values.data ?? (await makeDemo(root))))
  try {
    printBench({ name: 'the dashboard over the demo data', ...(await measure(demo)) })
  } finally {
    await demo.close()
  }
} finally {
  rmSync(root, { recursive: true, force: true, maxRetries: 5 })
}
