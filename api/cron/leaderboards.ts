import { handleRequest } from '../../src/serverless.ts'

export { handleRequest as GET, handleRequest as POST }
