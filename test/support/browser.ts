import { existsSync } from 'node:fs'
import chromium from '@sparticuz/chromium'
import { type Browser, chromium as playwright } from 'playwright-core'

const installed = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/**
 * Flags of the package: several pages in one process are fragile, without web security no page says its origin, and WebGL, which no page
 * of ours uses, drawn by the processor, takes about a tenth of the CPU of a test.
 */
const unlikeUsual =
  /^--(single-process|disable-web-security|ignore-gpu-blocklist|in-process-gpu|use-gl|use-angle|enable-unsafe-swiftshader)\b/

/** How long something may take to show up, in ms, on a machine that does much else. */
export const patienceMs = 40_000

/** Where the browser of this machine is, else the one that comes as a package, which is unpacked. */
export const browserPath = async (): Promise<string> =>
  installed.find((path) => existsSync(path)) ?? (await chromium.executablePath())

/** A browser: that of the machine, else the one that comes as a package; null where neither runs. */
export async function openBrowser(): Promise<Browser | null> {
  const found = installed.find((path) => existsSync(path))
  try {
    const executablePath = await browserPath()
    const args = found ? [] : chromium.args.filter((each) => !unlikeUsual.test(each))
    return await playwright.launch({
      executablePath,
      args: [...args, '--no-sandbox', '--disable-gpu'],
      headless: true,
      timeout: patienceMs,
    })
  } catch (error) {
    process.stderr.write(`no browser runs here, so the dashboard is not tested: ${String(error)}\n`)
    return null
  }
}
