import { z } from 'zod'
import { asObject } from '../../src/core/json.ts'

/** A JSON schema in which no object has fields that it does not describe. */
function strict(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(strict)
  const schema = asObject(node)
  if (schema === null) return node
  const fields = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, strict(value)]))
  return 'properties' in fields ? { ...fields, additionalProperties: false } : fields
}

/** Reads answers by what a description says of them, strictly. */
export function specSchemas(document: unknown) {
  // The form that JSON Schema has for what OpenAPI calls components.
  const whole = JSON.parse(JSON.stringify(document).replaceAll('#/components/schemas/', '#/$defs/')) as {
    paths: Record<
      string,
      Record<string, { responses: Record<string, { content?: Record<string, { schema: object }> }> }>
    >
    components: { schemas: object }
  }
  const $defs = strict(whole.components.schemas)
  /** What an endpoint answers with a status: its content types, and the schema of its JSON. */
  return (endpoint: string, status: number) => {
    const [method = '', path = ''] = endpoint.split(' ')
    const { responses } = whole.paths[path]?.[method.toLowerCase()] ?? {}
    const found = responses?.[String(status)]
    const content = found?.content ?? {}
    const json = content['application/json']?.schema
    return {
      isDescribed: found !== undefined,
      types: Object.keys(content),
      schema: json === undefined ? null : z.fromJSONSchema({ ...(strict(json) as object), $defs } as never),
    }
  }
}
