import { synthetic } from '../src/cli/synthetic.ts'

process.exitCode = await synthetic(process.argv.slice(2), process.env)
