import OpenAI from 'openai'

// The least that somebody writes who wants to see a stream: what it takes to start it is the baseline.
const client = new OpenAI({ apiKey: 'none', baseURL: process.argv[2], maxRetries: 0 })
const stream = await client.chat.completions.create({ model: 'm', messages: [], stream: true })
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '')
