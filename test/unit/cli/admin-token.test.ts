import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { keptAdminToken } from '../../../src/cli/admin-token.ts'

const parent = mkdtempSync(join(tmpdir(), 'firsttoken-token-'))
afterAll(() => rmSync(parent, { recursive: true }))

test('the first start makes a token that its owner alone can read, later ones find it', () => {
  const dir = join(parent, 'data')
  const first = keptAdminToken(dir)
  expect(first).toEqual({ token: expect.stringMatching(/^[\w-]{43}$/) as string, isNew: true })
  expect(keptAdminToken(dir)).toEqual({ ...first, isNew: false })
  expect(statSync(join(dir, '.admin-token')).mode & 0o777).toBe(0o600)
  expect(statSync(dir).mode & 0o777).toBe(0o700)
})

test('a file that holds no token is not used, and stays', () => {
  const file = join(parent, '.admin-token')
  writeFileSync(file, 'short\n')
  expect(keptAdminToken(parent)).toEqual({ problem: expect.stringContaining('delete it') as string })
  expect(readFileSync(file, 'utf8')).toBe('short\n')
})

test('a folder that cannot be is said with what to do', () => {
  const file = join(parent, 'file')
  writeFileSync(file, '')
  expect(keptAdminToken(join(file, 'data'))).toEqual({
    problem: expect.stringContaining('set ADMIN_TOKEN, or DATA_DIR') as string,
  })
})
