import { freePort } from '../free-port.ts'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { frameworkAt, pythonAt } from './cache.ts'
import type { Settings } from './settings.ts'

/** A server of this bench, in a process of its own on 127.0.0.1. */
export interface Server {
  name: string
  origin: string
  pid: number
  close: () => Promise<void>
}

/** How a server is started. */
interface Start {
  name: string
  /** Where it listens when it is served for other programs. */
  port: number
  /** Null: what it needs is not here. */
  command: ((port: number) => [program: string, ...args: string[]]) | null
}

const node = (file: string, ...args: string[]): [string, ...string[]] => [
  process.execPath,
  resolve(file),
  ...args,
]

/** Every server: ours first, Express next, by which the others are judged. */
function starts({ SYN_FRAMES, SYN_DELAY_MS, SYN_BYTES }: Settings): Start[] {
  const python = pythonAt()
  const inPython = (program: string, ...args: string[]) =>
    python === null
      ? null
      : (port: number): [string, ...string[]] => [
          join(python, program),
          ...args.map((each) => each.replace('PORT', String(port))),
        ]
  const answer = `--frames ${SYN_FRAMES} --delay-ms ${SYN_DELAY_MS} --bytes ${SYN_BYTES} --ttft-ms 0 --seed 1`
  return [
    {
      name: 'synthetic',
      port: 8080,
      command: (port) => node('scripts/synthetic.ts', '--port', String(port), ...answer.split(' ')),
    },
    {
      name: 'Express',
      port: 8081,
      command: (port) => node('bench/serving/express.mjs', String(port), frameworkAt('express')),
    },
    {
      name: 'Fastify',
      port: 8084,
      command: (port) => node('bench/serving/fastify.mjs', String(port), frameworkAt('fastify')),
    },
    {
      name: 'FastAPI',
      port: 8082,
      command: inPython(
        'uvicorn',
        ...'--port PORT --no-access-log --log-level warning --timeout-keep-alive 65 fastapi_app:app'.split(
          ' ',
        ),
      ),
    },
    {
      name: 'Flask',
      port: 8083,
      // A worker with threads: one without would make one answer at a time.
      command: inPython(
        'gunicorn',
        ...'-w 1 -k gthread --threads 64 --keep-alive 65 -b 127.0.0.1:PORT --log-level warning flask_app:app'.split(
          ' ',
        ),
      ),
    },
  ]
}

/**
 * Starts every server that can be, on a free port or on that which it has for other programs; says which cannot. Rejects if one
 * that can does not answer.
 */
export async function startServers(
  settings: Settings,
  { ports, say }: { ports: 'free' | 'usual'; say: (message: string) => void },
): Promise<Server[]> {
  const servers: Server[] = []
  try {
    for (const { name, port, command } of starts(settings)) {
      if (command === null) say(`skipped: ${name}, because there is no python3 here`)
      else {
        const at = ports === 'usual' ? port : await freePort()
        servers.push(await started({ name, port: at, line: command(at) }, settings))
      }
    }
    return servers
  } catch (error) {
    await closeAll(servers)
    throw error
  }
}

/** Closes servers. */
export async function closeAll(servers: readonly Server[]): Promise<void> {
  await Promise.all(servers.map(({ close }) => close()))
}

/** How long a server may take until it answers: Python compiles at its first start. */
const startMs = 60_000

async function started(
  { name, port, line }: { name: string; port: number; line: [string, ...string[]] },
  settings: Settings,
): Promise<Server> {
  const [program, ...args] = line
  const { SYN_FRAMES, SYN_DELAY_MS, SYN_BYTES } = settings
  const { PATH, HOME } = process.env
  const child = spawn(program, args, {
    env: {
      PATH,
      HOME,
      NODE_ENV: 'production',
      PYTHONPATH: resolve('bench/serving'),
      // No compiled files beside the sources.
      PYTHONDONTWRITEBYTECODE: '1',
      SYN_FRAMES: String(SYN_FRAMES),
      SYN_DELAY_MS: String(SYN_DELAY_MS),
      SYN_BYTES: String(SYN_BYTES),
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const server = { name, origin: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, close: () => stop(child) }
  const giveUpAt = performance.now() + startMs
  while (!(await answers(server.origin))) {
    if (child.exitCode !== null || performance.now() > giveUpAt) {
      await stop(child)
      throw new Error(`${name} did not start: ${line.join(' ')}`)
    }
    await sleep(50)
  }
  return server
}

const answers = (origin: string) =>
  fetch(`${origin}/micro/plain?bytes=1`).then(
    ({ ok }) => ok,
    () => false,
  )

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  // gunicorn waits for its connections.
  const giveUp = setTimeout(() => child.kill('SIGKILL'), 5_000)
  await ended
  clearTimeout(giveUp)
}
