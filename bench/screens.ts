import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Browser } from 'playwright-core'
import { openDashboard } from '../src/cli/dashboard.ts'
import { openBrowser } from '../test/support/browser.ts'
import { command, type Running, start } from '../test/support/command.ts'
import { reduced } from './screens/palette.ts'
import { type Visit, visitsOf } from './screens/visits.ts'

// Pictures of every screen and state in both themes and three widths, `docs/screens/now-390-dark.png`, over the demo
// data. What makes them small (sharp: a palette instead of true colours) is fetched by npm into a folder that is
// deleted afterwards. With --data the demo is there already; with --only, pictures whose names hold that.
const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    out: { type: 'string', default: 'docs/screens' },
    only: { type: 'string', default: '' },
  },
})
const widths = [390, 1280, 1920] as const
const heightOf = { 390: 844, 1280: 800, 1920: 1080 } as const
const themes = ['light', 'dark'] as const
/** No picture is larger, in bytes. */
const mostBytes = 60_000
const token = 'only-for-these-pictures-and-long-enough'
/** A channel of the demo has what it needs, so that one is shown at work; nothing listens there. */
const secrets = { ALERT_SECRET_SLACK_OPS: 'http://127.0.0.1:1/' }
const root = mkdtempSync(join(tmpdir(), 'firsttoken-screens-'))
const running: Running[] = []

/** Starts a server over a data directory. Resolves to its address. */
async function serve(data: string): Promise<string> {
  const env = { DATA_DIR: data, LOG_LEVEL: 'silent', ADMIN_TOKEN: token, ...secrets }
  const served = start('serve.ts', ['--port', '0', '--no-schedule', '--synthetic'], { cwd: root, env })
  running.push(served)
  const origin = await served.until(/http:\/\/127\.0\.0\.1:\d+/)
  // Its database opens for some seconds.
  while (!(await fetch(`${origin}/api/v1/now`)).ok) await setTimeout(500)
  return origin
}

/** How much of what is seen is still read: what is below waits until it is near. */
const loading = `[...document.querySelectorAll('main *')].filter(
  (part) => part.childElementCount === 0 && part.textContent === 'Loading' && part.getBoundingClientRect().top < innerHeight,
).length`

/** The picture of a visit. */
async function look(browser: Browser, { path, as, before, after }: Visit, shape: Shape) {
  const context = await browser.newContext({
    viewport: { width: shape.width, height: heightOf[shape.width] },
    colorScheme: shape.theme,
    reducedMotion: 'reduce',
    ...(shape.width === 390 && { isMobile: true, hasTouch: true, deviceScaleFactor: 1 }),
    ...(as === undefined && { extraHTTPHeaders: { authorization: `Bearer ${token}` } }),
  })
  try {
    const page = await context.newPage()
    await before?.(page)
    await page.goto(shape.origin + path)
    const settle = async () => {
      // Answers, then a chunk with a chart; nothing moves afterwards.
      await page.locator('main :is(h1, h2)').first().waitFor()
      while ((await page.evaluate<number>(loading)) > 0) await setTimeout(100)
      await page.waitForTimeout(700)
    }
    await settle()
    await after?.(page)
    await settle()
    return await page.screenshot()
  } finally {
    await context.close()
  }
}

/** How wide and in which theme a picture is, and of which server. */
interface Shape {
  origin: string
  width: (typeof widths)[number]
  theme: (typeof themes)[number]
}

/** The part of sharp that is used. */
interface Picture {
  resize: (width: number) => Picture
  removeAlpha: () => Picture
  raw: () => Picture
  png: (how: { palette: true; colours: number; dither: number; effort: number }) => Picture
  toBuffer: {
    (): Promise<Buffer>
    (how: { resolveWithObject: true }): Promise<{ data: Buffer; info: { width: number; height: number } }>
  }
}
type Sharp = (from: Uint8Array, how?: { raw: { width: number; height: number; channels: 3 } }) => Picture

/** A picture that is small enough: with fewer colours, then narrower too. */
async function smaller(sharp: Sharp, png: Buffer, width: number): Promise<Buffer> {
  const tries = [
    { colours: 96, width: Math.min(width, 1440) },
    { colours: 48, width: Math.min(width, 1280) },
    { colours: 32, width: Math.min(width, 1280) },
    { colours: 32, width: Math.min(width, 1040) },
    { colours: 24, width: Math.min(width, 900) },
  ]
  let made = png
  for (const each of tries) {
    const picture = sharp(png).removeAlpha().resize(each.width).raw()
    const { data, info } = await picture.toBuffer({ resolveWithObject: true })
    const raw = { width: info.width, height: info.height, channels: 3 } as const
    const how = { palette: true, colours: each.colours, dither: 0, effort: 10 } as const
    made = await sharp(reduced(data, each.colours), { raw }).png(how).toBuffer()
    if (made.length <= mostBytes) break
  }
  return made
}

async function makeSharp(): Promise<Sharp> {
  execFileSync('npm', ['install', '--prefix', root, '--no-audit', '--no-fund', '--silent', 'sharp@0.34'])
  return createRequire(join(root, 'package.json'))('sharp') as Sharp
}

const { problem } = await openDashboard(resolve('.'))
if (problem !== null) throw new Error(problem)
const browser = await openBrowser()
if (browser === null) throw new Error('no browser runs here')
try {
  const sharp = await makeSharp()
  const data = resolve(values.data ?? join(root, 'data'))
  if (values.data === undefined) {
    const { code, stderr } = await command('demo.ts', ['--dir', data], { cwd: root })
    if (code !== 0) throw new Error(stderr)
  }
  const [full, empty] = [await serve(data), await serve(join(root, 'empty'))]
  mkdirSync(values.out, { recursive: true })
  const visits = await visitsOf(full)
  const wanted = visits.flatMap((visit) =>
    widths.flatMap((width) =>
      themes
        .map((theme) => ({ visit, width, theme, file: `${visit.name}-${width}-${theme}.png` }))
        .filter(({ file }) => file.includes(values.only)),
    ),
  )
  for (const { visit, file, ...shape } of wanted) {
    const png = await look(browser, visit, { ...shape, origin: visit.isEmpty === true ? empty : full })
    const small = await smaller(sharp, png, shape.width)
    writeFileSync(join(values.out, file), small)
    process.stdout.write(`${file}  ${Math.round(small.length / 1000)} kB\n`)
  }
} finally {
  await browser.close()
  for (const { child, ended } of running) {
    child.kill('SIGTERM')
    await ended
  }
  rmSync(root, { recursive: true, force: true, maxRetries: 5 })
}
