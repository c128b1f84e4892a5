import { closeSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isAlive, readLock, takeLock } from '../../src/embedded/lock.ts'

/**
 * Takes the lock of a directory repeatedly. While it holds the lock, exclusive creation of a file proves that
 * no other process does; then it releases the lock, or dies with it.
 */
const [dir = '', times = '0', ending = 'release'] = process.argv.slice(2)
const proof = join(dir, 'held')

for (let held = 0; held < Number(times);) {
  const holder = readLock(dir)
  const lock = holder && isAlive(holder) ? null : takeLock(dir, holder)
  if (!lock) {
    await delay(Math.random() * 2)
    continue
  }
  held += 1
  closeSync(openSync(proof, 'wx'))
  await delay(Math.random() * 2)
  rmSync(proof)
  if (ending === 'die') process.kill(process.pid, 'SIGKILL')
  lock.release()
}
