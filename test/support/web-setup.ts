import { resolve } from 'node:path'
import { openDashboard } from '../../src/cli/dashboard.ts'
import { browserPath } from './browser.ts'

/** Builds the dashboard, if it is not current, and unpacks the browser, before several test files want both at once. */
export async function setup(): Promise<void> {
  // Where no browser runs, each test says so.
  const [{ problem }] = await Promise.all([openDashboard(resolve('.')), browserPath().catch(() => undefined)])
  if (problem !== null) throw new Error(problem)
}
