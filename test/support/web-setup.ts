import { resolve } from 'node:path'
import { openDashboard } from '../../src/cli/dashboard.ts'

/** Builds the dashboard, if it is not current, before a browser opens it. */
export async function setup(): Promise<void> {
  const { problem } = await openDashboard(resolve('.'))
  if (problem !== null) throw new Error(problem)
}
