import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { builtFrom, stampName } from '../../src/cli/built-from.ts'
import { isCurrent, openDashboard } from '../../src/cli/dashboard.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'firsttoken-dashboard-'))
  for (const path of ['web/app', 'src/core', 'public']) mkdirSync(join(root, path), { recursive: true })
  for (const path of ['web/app/shell.tsx', 'pnpm-lock.yaml', 'src/core/metric-table.ts', 'public/index.html'])
    writeFileSync(join(root, path), path)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

/** Builds as Vite does: a page, and the stamp of what it was built from. */
const builds: string[] = []
const build = (from: string, into: string) => {
  builds.push(into)
  mkdirSync(into)
  writeFileSync(join(into, 'index.html'), `build ${builds.length}`)
  writeFileSync(join(into, stampName), builtFrom(from))
  return Promise.resolve()
}
const fail = (_: string, into: string) => {
  mkdirSync(into)
  return Promise.reject(new Error('Could not resolve ./gone.ts'))
}
const dist = () => join(root, 'web/dist')

test('it is built once, and again after any of its sources changed', async () => {
  expect(await openDashboard(root, build)).toEqual({ folder: dist(), problem: null })
  const first = builds.length
  await openDashboard(root, build)
  expect(builds).toHaveLength(first)
  for (const path of ['web/app/shell.tsx', 'pnpm-lock.yaml', 'src/core/metric-table.ts', 'web/new.ts']) {
    writeFileSync(join(root, path), 'changed')
    expect(isCurrent(root), path).toBe(false)
    await openDashboard(root, build)
    expect(isCurrent(root), path).toBe(true)
  }
  expect(builds).toHaveLength(first + 4)
  expect(readFileSync(join(dist(), 'index.html'), 'utf8')).toBe(`build ${first + 4}`)
  expect(readdirSync(join(root, 'web')).toSorted()).toEqual(['app', 'dist', 'new.ts'])
})

test('what cannot be built leaves the start page, or the older build, and says why', async () => {
  const without = await openDashboard(root, fail)
  expect(without.folder).toBe(join(root, 'public'))
  expect(without.problem).toMatch(/a start page is served: Could not resolve/)
  await openDashboard(root, build)
  writeFileSync(join(root, 'web/app/shell.tsx'), 'broken')
  const older = await openDashboard(root, fail)
  expect(older.folder).toBe(dist())
  expect(older.problem).toMatch(/an older one is served: Could not resolve/)
  expect(existsSync(join(dist(), 'index.html'))).toBe(true)
  expect(readdirSync(join(root, 'web')).toSorted()).toEqual(['app', 'dist'])
})

test('another start that was quicker is no failure', async () => {
  const late = async (from: string, into: string) => {
    await build(from, into)
    cpSync(into, dist(), { recursive: true })
    throw new Error('killed')
  }
  expect(await openDashboard(root, late)).toEqual({ folder: dist(), problem: null })
})
