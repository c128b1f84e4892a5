import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { Agent, type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { start } from '../../test/support/command.ts'

/** A server of the API in a process of its own. */
export interface Served {
  origin: string
  /** Its memory in KB: what lives once its garbage is collected, and what the kernel has given it. */
  memory: () => Promise<{ live: number; resident: number }>
  close: () => Promise<void>
}

/** Starts a server on a port of its own and waits until it is open. It makes runs on demand, and none of a schedule. */
export async function serveApi(cwd: string, env: Record<string, string>): Promise<Served> {
  const heapFile = join(cwd, 'heap')
  const loaded = pathToFileURL(join(import.meta.dirname, 'heap-process.ts')).href
  const served = start('serve.ts', ['--port', '0', '--synthetic', '--no-schedule'], {
    cwd,
    env: {
      LOG_LEVEL: 'silent',
      ADMIN_TOKEN: adminToken,
      NODE_OPTIONS: `--import ${loaded}`,
      HEAP_FILE: heapFile,
      ...env,
    },
  })
  const said = await served.until(/firsttoken at http:\/\/\S+(?=,)/)
  const origin = said.replace('firsttoken at ', '')
  const ask = client(origin)
  while ((await ask('/health')).status === 503) await new Promise((wait) => setTimeout(wait, 100))
  const close = async () => {
    served.child.kill('SIGTERM')
    await served.ended
  }
  const memory = async () => {
    const resident = residentOf(served.child.pid ?? 0)
    rmSync(heapFile, { force: true })
    served.child.kill('SIGUSR2')
    while (!existsSync(heapFile)) await new Promise((wait) => setTimeout(wait, 50))
    return { live: Number(readFileSync(heapFile, 'utf8')) / 1024, resident }
  }
  return { origin, memory, close }
}

/** The token of the servers that are measured. */
export const adminToken = 'the-token-of-the-bench'

/** What an answer was. */
export interface Answer {
  status: number
  text: string
}

/** Asks a server over connections that stay open, as a browser does. */
export function client(origin: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 })
  return async (path: string, body: object | null = null): Promise<Answer> => {
    const asked = request(`${origin}/api/v1${path}`, {
      agent,
      method: body === null ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${adminToken}`, ...(body && { 'content-type': 'application/json' }) },
    })
    asked.end(body === null ? undefined : JSON.stringify(body))
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    let text = ''
    for await (const chunk of response.setEncoding('utf8')) text += String(chunk)
    return { status: response.statusCode ?? 0, text }
  }
}

const residentOf = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? NaN)
