import { start } from '../src/main.ts'

await start(async () => (await import('../src/cli/schedule.ts')).schedule)
