import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

test('a process whose working folder was deleted keeps its calls and its log where they belong', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'firsttoken-deleted-'))
  const url = (path: string) => JSON.stringify(resolve(path))
  const script = `
    const { openSpool } = await import(${url('src/store/spool.ts')})
    const { openLog } = await import(${url('src/log.ts')})
    const spool = openSpool('logs/spool')
    const log = openLog({ dir: 'logs', level: 'info', stream: process.stdout, date: () => new Date(0) })
    ;(await import('node:fs')).rmSync(${JSON.stringify(cwd)}, { recursive: true })
    spool.add('r', { name: 'finish_run', input: {} })
    log.info('kept')`
  try {
    // It went on for ever.
    const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd,
      timeout: 20_000,
    })
    expect(status).toBe(0)
    expect(existsSync(join(cwd, 'logs/spool/r.ndjson'))).toBe(true)
    expect(existsSync(join(cwd, 'logs/firsttoken-19700101.log'))).toBe(true)
  } finally {
    rmSync(cwd, { recursive: true, force: true })
  }
})
