import type { Store } from '../store/store.ts'
import type { App } from './app.ts'

/**
 * Ends the leases that dead processes of this machine hold on runs, so that these are resumed at once. Only an
 * embedded database is asked: its workers are on this machine; elsewhere leases expire by themselves. Rejects
 * with StoreError.
 */
export async function freeDeadLeases(
  { store: handle, host, owner }: Pick<App, 'store' | 'host' | 'owner'>,
  store: Pick<Store, 'freeLeases'>,
  isAlive: (pid: number) => boolean = isAliveHere,
): Promise<void> {
  if (!handle.embedded) return
  const { owners } = await store.freeLeases({ owners: [] })
  const dead = owners.filter((name) => isDead(name, { host, owner, isAlive }))
  if (dead.length > 0) await store.freeLeases({ owners: dead })
}

/** What next_job puts before the name of whom it keeps a run for. */
export const keptFor = 'next_job:'

/** Whether the process of an owner, `host:pid:...`, is gone. One of our own process id may be of an earlier start. */
function isDead(
  name: string,
  { host, owner, isAlive }: { host: string; owner: string; isAlive: (pid: number) => boolean },
): boolean {
  const bare = name.startsWith(keptFor) ? name.slice(keptFor.length) : name
  if (!bare.startsWith(`${host}:`) || bare === owner || bare.startsWith(`${owner}:`)) return false
  const pid = Number.parseInt(bare.slice(host.length + 1), 10)
  return Number.isInteger(pid) && (pid === process.pid || !isAlive(pid))
}

function isAliveHere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It is there, and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
