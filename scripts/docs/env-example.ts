import { exampleDocs } from './deployed-variables.ts'

const header = `# Copy to .env: npm run deploy and tcb fn deploy read it. Plain text only, no JSON (put JSON into model_map.json).
# A variable without a value has its default (docs/configuration.md). Written by npm run docs.
`

/** The text of `.env.example`: every variable that can be deployed, each below its meaning. */
export const envExample = (): string =>
  [header, ...exampleDocs().map(({ name, english }) => `# ${english}\n${name}=\n`)].join('\n')
