import { exampleDocs } from './deployed-variables.ts'

const header = `# Copy to .env: npm run deploy and tcb fn deploy read it. Plain text only, no JSON (put JSON into model_map.json).
# What is left blank has its default (README.md, "Configuration"). Written by npm run docs.
`

/** The text of `.env.example`: every variable that can be deployed, each under what it means. */
export const envExample = (): string =>
  [header, ...exampleDocs().map(({ name, english }) => `# ${english}\n${name}=\n`)].join('\n')
