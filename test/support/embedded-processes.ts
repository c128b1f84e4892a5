import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { compiled } from './command.ts'

/** A query for another process. */
export interface Request {
  id: number
  text: string
  values?: unknown[]
}

/** Its answer; the first, with id 0, says that the database is open. */
export interface Reply {
  id: number
  rows?: Record<string, unknown>[]
  log?: string[]
  error?: { code: string; kind: string; message: string }
}

/** Another process that opens the embedded database of a directory. */
export class Peer {
  readonly #process: ChildProcess
  readonly #replies = new Map<number, (reply: Reply) => void>()
  readonly opened: Promise<Reply>
  readonly exited: Promise<unknown>
  /** The log of the embedded database in that process, as of its last reply. */
  log: string[] = []
  #requests = 0

  constructor(dir: string) {
    const script = new URL('./embedded-process.ts', import.meta.url)
    this.#process = fork(script, [dir], {
      execArgv: [],
      env: { ...process.env, NODE_COMPILE_CACHE: compiled },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.exited = once(this.#process, 'exit').then(([code, signal]) => (signal ?? code) as unknown)
    this.opened = this.#reply(0)
    this.#process.on('message', (reply: Reply) => {
      this.log = reply.log ?? this.log
      this.#replies.get(reply.id)?.(reply)
    })
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  query(text: string, values: unknown[] = []): Promise<Reply> {
    const id = (this.#requests += 1)
    if (this.#process.connected) this.#process.send({ id, text, values } satisfies Request)
    return this.#reply(id)
  }

  close(): Promise<Reply> {
    return this.query('close')
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.exited
  }

  /** The reply to a request, or an error if the process ends first. */
  #reply(id: number): Promise<Reply> {
    return new Promise((resolve) => {
      this.#replies.set(id, resolve)
      void this.exited.then((how) =>
        resolve({
          id,
          error: { code: 'exited', kind: 'exited', message: `the process ended: ${String(how)}` },
        }),
      )
    })
  }
}
