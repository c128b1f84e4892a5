import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSynthetic, type Synthetic } from '../../src/synthetic/server.ts'
import { makeFolder, removeFolder } from '../support/command.ts'
import { copyDatabase } from '../support/held-database.ts'

const tsx = fileURLToPath(import.meta.resolve('tsx/cli'))

let cwd: string
let provider: Synthetic
beforeAll(async () => {
  cwd = makeFolder()
  copyDatabase(cwd)
  provider = await startSynthetic({ options: { ttftMs: 100, frames: 50, delayMs: 10 } })
})
afterAll(async () => {
  await provider.close()
  removeFolder(cwd)
})

/** A script as `pnpm tsx` starts it. */
function byTsx(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [tsx, ...args], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const code = new Promise<number | null>((done) => child.once('close', done))
  return { child, code, stderr: text(child.stderr) }
}

test('a command leaves the loader of tsx and keeps its arguments, streams and everything else', async () => {
  const script = join(cwd, 'state.mts')
  writeFileSync(
    script,
    `import { text } from 'node:stream/consumers'
     const { startFast } = await import(${JSON.stringify(resolve('src/hand-over.ts'))})
     startFast()
     const { pid, execArgv, argv, env } = process
     console.log(JSON.stringify({ execArgv, args: argv.slice(2), kept: env.KEPT, cache: env.NODE_COMPILE_CACHE, input: await text(process.stdin) }))`,
  )
  const { child, code, stderr } = byTsx(['--conditions=ours', script, 'a b', '--c=d'], { KEPT: 'yes' })
  child.stdin.end('typed')
  const state = JSON.parse(await text(child.stdout)) as { execArgv: string[] }
  expect(await code).toBe(0)
  expect(await stderr).toBe('')
  expect(state).toMatchObject({ args: ['a b', '--c=d'], kept: 'yes', input: 'typed' })
  expect(state).toMatchObject({ cache: resolve('node_modules/.cache/compiled') })
  expect(state.execArgv).toContain('--conditions=ours')
  expect(state.execArgv.filter((each) => each.endsWith('loader.mjs') || each === '--import')).toEqual([])
})

test.for(['SIGINT', 'SIGTERM'] as const)('%s to tsx ends the run as if it came to us', async (signal) => {
  const { child, code, stderr } = byTsx([resolve('scripts/run.ts'), '--runs', '100'], {
    LLM_BASE_URL: provider.url,
    LLM_MODEL: 'synthetic-1',
    DATA_DIR: join(cwd, signal),
  })
  child.stdin.end()
  for await (const piece of child.stdout) if (String(piece).includes('✓')) break
  child.kill(signal)
  expect(await code).toBe(130)
  expect(await stderr).toContain('closing the run')
})
