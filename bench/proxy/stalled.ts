import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { command } from '../../test/support/command.ts'
import { startPostgres } from '../../test/support/postgres.ts'
import { atMost, round } from '../goals.ts'
import type { Found, Part, Setting } from '../parts.ts'
import { sendTo } from './scripted.ts'
import { type Forked, forkListener, startOurs } from './ways.ts'

// Clients that read nothing for ten seconds, of an upstream that writes as fast as it can: long events, which are text, and short
// ones, which are entries in the timeline. Upstream and database are processes of their own.
const stallMs = 10_000
const MiB = 2 ** 20

const rssMiB = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

/** What each connection of the upstream has sent, in bytes. */
async function sentBy({ child }: Forked): Promise<number[]> {
  const told = once(child, 'message')
  child.send('how much')
  const [sent] = (await told) as [number[]]
  return sent
}

/** So many clients, and events of so many characters. */
async function stalled(clients: number, characters: number, { cwd, short, env }: Setting & { env: Env }) {
  const upstream = await forkListener('./flood-process.ts', 'upstream', [`${characters}`])
  const ours = await startOurs(`http://127.0.0.1:${upstream.port}`, cwd, env)
  try {
    // What is loaded after the start is there by then.
    await sleep(3000)
    const before = rssMiB(ours.pid)
    const sockets = Array.from({ length: clients }, () => sendTo(ours.port).pause())
    let peak = before
    for (let waited = 0; waited < (short ? 2000 : stallMs); waited += 100) {
      await sleep(100)
      peak = Math.max(peak, rssMiB(ours.pid))
    }
    const taken = await sentBy(upstream)
    for (const socket of sockets) socket.destroy()
    return {
      clients,
      'characters of an event': characters,
      'RSS before, MiB': round(before),
      'most, MiB': round(peak),
      'MiB a client': round((peak - before) / clients),
      'most taken for a client, MiB': round(Math.max(...taken) / MiB),
    }
  } finally {
    await Promise.all([ours.close(), upstream.close()])
  }
}

type Env = Record<string, string>

/** One client and a hundred. */
export const stalledPart: Part = async (setting): Promise<Found> => {
  const postgres = await startPostgres()
  const env = { DATABASE_URL: postgres.url }
  try {
    await command('migrate.ts', [], { cwd: setting.cwd, env })
    const figures: Awaited<ReturnType<typeof stalled>>[] = []
    for (const characters of [10_000, 3])
      for (const clients of [1, 100]) figures.push(await stalled(clients, characters, { ...setting, env }))
    const most = (name: 'MiB a client' | 'most taken for a client, MiB', of: number) =>
      Math.max(...figures.filter(({ clients }) => clients === of).map((figure) => figure[name]))
    return {
      figures,
      goals: [
        atMost('MiB by which memory grows for one client', 48, most('MiB a client', 1)),
        atMost('MiB by which memory grows for each of 100', 6, most('MiB a client', 100)),
        ...[1, 100].map((of) =>
          atMost(
            `MiB taken for a client of ${of}, the buffers of four sockets among them`,
            24,
            most('most taken for a client, MiB', of),
          ),
        ),
      ],
    }
  } finally {
    await postgres.stop()
  }
}
