import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf, messageOf } from '../core/error.ts'
import { makeFolder } from '../store/make-folder.ts'

/** A hidden file, which the embedded database tolerates beside it. */
const fileName = '.admin-token'

/** The token that opens a server, and whether it was made just now. */
type Kept = { token: string; isNew: boolean } | { problem: string }

/** The token that a server keeps in a folder, readable by its owner only; the first that asks makes it. */
export function keptAdminToken(dir: string): Kept {
  const file = join(dir, fileName)
  try {
    makeFolder(dir, 0o700)
    const token = randomBytes(32).toString('base64url')
    try {
      writeFileSync(file, `${token}\n`, { mode: 0o600, flag: 'wx' })
      return { token, isNew: true }
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
    }
    const kept = readFileSync(file, 'utf8').trim()
    return /^[\x21-\x7e]{16,}$/.test(kept)
      ? { token: kept, isNew: false }
      : {
          problem: `${file} holds no token of 16 characters or more: delete it, and the next start makes one`,
        }
  } catch (error) {
    return {
      problem: `the admin's token cannot be kept: ${messageOf(error)}; set ADMIN_TOKEN, or DATA_DIR to a folder that can be written`,
    }
  }
}
