import type { App } from '../jobs/app.ts'
import { applyingFile } from '../jobs/apply-file.ts'
import { printable } from '../report/format.ts'
import type { Streams } from './streams.ts'

/** The app of what runs until it is stopped: a file that the database refuses is told, and all goes on as it was. */
export const keptByFile = (app: App, { stderr }: Streams): App =>
  applyingFile(app, ({ kind, code, message }) => {
    app.log.error({ kind, code }, message)
    stderr.write(`firsttoken: ${printable(message)}\n`)
  })
