import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'

const ticksPerSecond = 100

/** What a process took until its first request came: the time, and the CPU of it and its descendants. */
export interface Spent {
  wallMs: number
  cpuMs: number
}

/** CPU time of a process and its descendants so far, in ms, from /proc; 0 where there is none. */
function cpuOf(root: number): number {
  const stats = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [readStat(Number(name))] : []))
  const family = new Set([root])
  // Parents have smaller ids than their children, apart from a wrap-around.
  for (const stat of stats.toSorted((a, b) => a.pid - b.pid))
    if (family.has(stat.parent)) family.add(stat.pid)
  return stats
    .filter(({ pid }) => family.has(pid))
    .reduce((sum, { ticks }) => sum + (ticks * 1000) / ticksPerSecond, 0)
}

function readStat(pid: number): { pid: number; parent: number; ticks: number } {
  try {
    const [, parent = 0, ...rest] = (readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1] ?? '')
      .split(' ')
      .map(Number)
    // utime, stime and those of children that have ended: fields 14 to 17 of proc(5).
    return { pid, parent, ticks: rest.slice(9, 13).reduce((sum, ticks) => sum + ticks, 0) }
  } catch {
    return { pid, parent: 0, ticks: 0 }
  }
}

const end = (child: ChildProcess) => new Promise<void>((ended) => child.once('close', () => ended()))

/** Runs a command, given the URL of a server, and notes what it took until the first request came. */
export async function untilFirstRequest(
  command: (url: string) => string[],
  env: NodeJS.ProcessEnv,
): Promise<Spent> {
  const { promise, resolve: arrived } = Promise.withResolvers<Spent>()
  let child: ChildProcess | null = null
  let start = 0
  const server = createServer((request, response) => {
    if (child !== null) arrived({ wallMs: performance.now() - start, cpuMs: cpuOf(child.pid ?? 0) })
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(
        'data: {"choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
      )
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  const [program = '', ...args] = command(`http://127.0.0.1:${port}/v1`)
  start = performance.now()
  child = spawn(program, args, {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const ended = end(child)
  const spent = await Promise.race([
    promise,
    ended.then(() => Promise.reject(new Error('it ended without a request'))),
  ])
  await ended
  server.close()
  return spent
}

/** A whole run, with its embedded database in this directory; or, with `--no-save`, without. */
export const runUntilFirstRequest = (dataDir: string, more: string[] = []): Promise<Spent> =>
  untilFirstRequest(
    (url) => [
      resolve('node_modules/.bin/tsx'),
      'scripts/run.ts',
      '--quiet',
      '--base-url',
      url,
      '--model',
      'm',
      ...more,
    ],
    { DATA_DIR: dataDir, LOG_DIR: join(dataDir, '..', 'logs') },
  )
