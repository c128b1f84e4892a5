import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isAlive, readLock, takeLock } from '../../src/embedded/lock.ts'

let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'firsttoken-lock-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

async function startProcess(times: number, ending: 'release' | 'die'): Promise<unknown> {
  const script = fileURLToPath(new URL('../support/lock-process.ts', import.meta.url))
  const child = spawn(process.execPath, [script, dir, String(times), ending], { stdio: 'inherit' })
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  return code ?? signal
}

test('a lock has one holder, until it is released', () => {
  const lock = takeLock(dir, null)
  expect(readLock(dir)).toEqual(lock?.holder)
  expect(isAlive(lock!.holder)).toBe(true)
  expect(takeLock(dir, null)).toBeNull()
  lock?.release()
  expect(readdirSync(dir)).toEqual([])
})

test('a holder that gave way to another does not release the other', () => {
  const first = takeLock(dir, null)!
  const second = takeLock(dir, first.holder)!
  first.release()
  expect(readLock(dir)).toEqual(second.holder)
})

test('whoever comes late to a stale lock has to look again', () => {
  const stale = takeLock(dir, null)!.holder
  const winner = takeLock(dir, stale)!
  expect(takeLock(dir, stale)).toBeNull()
  expect(readLock(dir)).toEqual(winner.holder)
  winner.release()
  expect(takeLock(dir, stale)).toBeNull()
  expect(readdirSync(dir)).toEqual([])
})

test('a claimant that died before it held the lock is taken over in its turn', () => {
  const stale = takeLock(dir, null)!.holder
  const claimant = { ...stale, nonce: 'claimant' }
  writeFileSync(join(dir, `lock.${stale.nonce}`), JSON.stringify(claimant))
  expect(readLock(dir)).toEqual(claimant)
  const lock = takeLock(dir, claimant)
  expect(readLock(dir)).toEqual(lock?.holder)
  expect(readdirSync(dir)).toEqual(['lock'])
})

test('a lock that a power failure emptied is nobody’s', () => {
  writeFileSync(join(dir, 'lock'), '')
  const holder = readLock(dir)
  expect(isAlive(holder!)).toBe(false)
  expect(takeLock(dir, holder)).not.toBeNull()
})

test('a process of the same number that began at another time is not the holder', () => {
  const { holder } = takeLock(dir, null)!
  expect(isAlive({ ...holder, started: '1' })).toBe(false)
  expect(isAlive({ ...holder, pid: 2 ** 22 + 1 })).toBe(false)
})

test('a holder on another host is given a minute', () => {
  const { holder } = takeLock(dir, null)!
  const elsewhere = { ...holder, host: 'elsewhere.invalid' }
  expect(isAlive(elsewhere)).toBe(true)
  expect(isAlive({ ...elsewhere, since: new Date(Date.now() - 61_000).toISOString() })).toBe(false)
})

test('of many processes that take, release and die, never two hold the lock at once', async () => {
  const patient = Array.from({ length: 6 }, () => startProcess(60, 'release'))
  const mortal = Array.from({ length: 12 }, () => startProcess(1, 'die'))
  expect(await Promise.all(patient)).toEqual(Array.from({ length: 6 }, () => 0))
  expect(await Promise.all(mortal)).toEqual(Array.from({ length: 12 }, () => 'SIGKILL'))
})
