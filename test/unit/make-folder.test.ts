import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { makeFolder } from '../../src/store/make-folder.ts'

const root = mkdtempSync(join(tmpdir(), 'firsttoken-folder-'))
afterAll(() => rmSync(root, { recursive: true }))

/** What creating a folder comes to in a process of its own, which is ended if it takes for ever: an error code, or `made`. */
function inProcess(path: string, cwd = root): string {
  const module = join(import.meta.dirname, '../../src/store/make-folder.ts')
  const code = `import(process.argv[1]).then(({ makeFolder }) => {
    ${cwd === root ? '' : 'require("node:fs").rmdirSync(process.cwd())'}
    try { makeFolder(process.argv[2]); console.log('made') } catch (error) { console.log(error.code) }
  })`
  const { stdout, signal } = spawnSync(process.execPath, ['-e', code, module, path], {
    cwd,
    encoding: 'utf8',
    timeout: 60_000,
  })
  return signal ?? stdout.trim()
}

describe('creating a folder', () => {
  it('creates those above it too, with its mode, and again changes nothing', () => {
    const path = join(root, 'a/b/c')
    makeFolder(path, 0o700)
    makeFolder(path, 0o755)
    expect([path, join(root, 'a')].map((each) => statSync(each).mode & 0o777)).toEqual([0o700, 0o700])
  })

  it('says that a file is in the way', () => {
    writeFileSync(join(root, 'file'), '')
    expect(() => makeFolder(join(root, 'file'))).toThrow(/EEXIST/)
    expect(() => makeFolder(join(root, 'file/below'))).toThrow(/ENOTDIR/)
  })

  it.skipIf(!existsSync('/proc/self'))('ends if nothing can be created there', () => {
    expect(inProcess('/proc/firsttoken')).toBe('ENOENT')
    expect(inProcess('/proc/firsttoken/below')).toBe('ENOENT')
  })

  it('makes a working folder again that was deleted', () => {
    const gone = join(root, 'gone')
    mkdirSync(gone)
    expect(inProcess('below', gone)).toBe('made')
    expect(existsSync(join(gone, 'below'))).toBe(true)
  })
})
