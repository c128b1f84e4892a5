import { appendFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

// Preloaded into a command: writes the URL of every module it loads to the file named by MODULES.
registerHooks({
  load: (url, context, next) => {
    appendFileSync(process.env['MODULES'] ?? '', `${url}\n`)
    return next(url, context)
  },
})
