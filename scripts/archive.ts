import { start } from '../src/main.ts'

await start(async () => (await import('../src/cli/archive.ts')).archiveCommand)
