import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Plugin } from 'vite'

const toGzip = promisify(gzip)
const toBrotli = promisify(brotliCompress)

/** Smaller files gain nothing by it. */
const leastBytes = 512

/** Writes a .br and a .gz beside each text of the build: the server hands out what a browser takes. */
export const compress = (): Plugin => ({
  name: 'compress',
  apply: 'build',
  async closeBundle() {
    const { outDir } = this.environment.config.build
    const root = join(this.environment.config.root, '')
    const folder = outDir.startsWith('/') ? outDir : join(root, outDir)
    const names = await readdir(folder, { recursive: true })
    await Promise.all(
      names.filter((name) => /\.(?:js|css|html|svg)$/.test(name)).map((name) => pack(join(folder, name))),
    )
  },
})

async function pack(path: string): Promise<void> {
  const bytes = await readFile(path)
  if (bytes.length < leastBytes) return
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
  await Promise.all([
    toGzip(bytes, { level: 9 }).then((packed) => writeFile(`${path}.gz`, packed)),
    toBrotli(bytes, { params }).then((packed) => writeFile(`${path}.br`, packed)),
  ])
}
