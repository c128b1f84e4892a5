import './styles/tokens.css'
import './styles/base.css'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { keepLive } from './api/live.ts'
import { createQueries } from './api/queries.ts'
import { signIn, takeToken } from './api/session.ts'
import { tell } from './app/notices.ts'
import { createAppRouter } from './app/router.tsx'

const token = takeToken()
const queries = createQueries()
const router = createAppRouter(queries)
const root = document.querySelector('#root')
if (root === null) throw new Error('index.html has no #root')
if (token !== null)
  signIn(queries, token).then(
    () => tell('You are signed in: this browser may start and change things here.'),
    (error: unknown) => tell(`Signing in failed: ${error instanceof Error ? error.message : 'no answer'}.`),
  )
keepLive(queries)
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
)
