import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The file of a build of the dashboard that says what it was built from. */
export const stampName = 'built-from.txt'

/** What a build depends on besides web/: the versions of the packages, and the texts that explain metrics. */
const others = ['pnpm-lock.yaml', 'src/core/metric-table.ts']

/** A hash of everything that a build of the dashboard depends on. `root` is the checkout. */
export function builtFrom(root: string): string {
  const files = readdirSync(join(root, 'web'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => !/^web\/(?:dist|\.build-)/.test(path))
  const hash = createHash('sha256')
  for (const path of [...files.toSorted(), ...others])
    hash.update(`${path}\0`).update(readFileSync(join(root, path)))
  return hash.digest('hex')
}
