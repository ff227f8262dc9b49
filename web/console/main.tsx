import { render } from 'preact'
import { takeToken } from './api/client.ts'
import { App } from './app.tsx'

takeToken()
const root = document.getElementById('app')
if (root) render(<App />, root)
