import { start } from '../src/main.ts'

await start(async () => (await import('../src/cli/rebuild-rollups.ts')).rebuildRollups)
