import { appendFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

// Loaded before a command: notes every module that it loads in the file that MODULES names.
registerHooks({
  load: (url, context, next) => {
    appendFileSync(process.env['MODULES'] ?? '', `${url}\n`)
    return next(url, context)
  },
})
