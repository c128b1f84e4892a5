import { dumpCommand } from '../src/cli/dump.ts'
import { main } from '../src/main.ts'
import { generatedFiles } from '../src/store/schema-files.ts'

const files = Object.entries(generatedFiles()).map(([path, text]) => [path, () => text] as const)

await main(dumpCommand({ name: 'dump-schema', source: 'supabase/schemas', files: Object.fromEntries(files) }))
