import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'

/**
 * The longest socket path in bytes that every system accepts: sun_path is 104 bytes on macOS and 108 on
 * Linux, zero-terminated.
 */
const longest = 103

/** Uses a socket by a path that is short enough: its own, or through a temporary link to its directory. */
export async function withShortPath<T>(path: string, use: (path: string) => Promise<T>): Promise<T> {
  if (Buffer.byteLength(path) <= longest) return use(path)
  const temporary = mkdtempSync(join(tmpdir(), 'firsttoken-'))
  try {
    const link = join(temporary, 'd')
    symlinkSync(dirname(path), link)
    return await use(join(link, basename(path)))
  } finally {
    rmSync(temporary, { recursive: true })
  }
}
