import { join } from 'node:path'
import type { Plugin } from 'vite'
import { builtFrom, stampName } from '../../src/cli/built-from.ts'

/** Leaves a hash of the sources in the build, by which a start knows whether it is current. */
export const stamp = (): Plugin => ({
  name: 'stamp',
  apply: 'build',
  generateBundle() {
    const source = builtFrom(join(import.meta.dirname, '../..'))
    this.emitFile({ type: 'asset', fileName: stampName, source })
  },
})
