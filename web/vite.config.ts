import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { compress } from './build/compress.ts'
import { metrics } from './build/metrics.ts'
import { stamp } from './build/stamp.ts'

/** A server that was started beside `vite`. It takes changes from its own pages only. */
const origin = 'http://127.0.0.1:8000'
const running = { target: origin, changeOrigin: true, headers: { origin } }
// Who builds is not always in production: tests would leave a React for developers, half as large again, to the next start.
if (process.argv.includes('build')) process.env['NODE_ENV'] = 'production'

// Our policy allows no inline script or style and no data: URL of a script, so everything is a file.
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), metrics(), stamp(), compress()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { '/api': running, '/docs': running } },
})
