import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeFolder, removeFolder } from '../support/command.ts'

const tsx = fileURLToPath(import.meta.resolve('tsx/cli'))

let cwd: string
beforeAll(() => {
  cwd = makeFolder()
})
afterAll(() => removeFolder(cwd))

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

// tsx kills whoever has not told it within 60 ms that a signal came, which a busy machine may take.
const patient = { retry: 9 }

test.for(['SIGINT', 'SIGTERM'] as const)('%s to tsx reaches us', patient, async (signal) => {
  const script = join(cwd, 'stop.mts')
  writeFileSync(
    script,
    `const { startFast } = await import(${JSON.stringify(resolve('src/hand-over.ts'))})
     startFast()
     const { stopSignal } = await import(${JSON.stringify(resolve('src/cli/stop.ts'))})
     const alive = setInterval(() => {}, 1000)
     const stop = stopSignal()
     console.log('ready')
     await stop
     clearInterval(alive)
     setTimeout(() => console.log('stopped'), 500)`,
  )
  const { child, code, stderr } = byTsx([script])
  let said = ''
  for await (const piece of child.stdout) {
    said += String(piece)
    if (said === 'ready\n') child.kill(signal)
  }
  expect({ said, stderr: await stderr, code: await code }).toEqual({
    said: 'ready\nstopped\n',
    stderr: '',
    code: 0,
  })
})
