import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import { estimateTokens } from '../shared/usage/cost/token-estimator.ts'
import { tokenSamples } from './token-samples.ts'

/** `npx tsx bench/token-estimate.ts`: the error of the token estimate for each text of the sample, against `o200k_base`. */
for (const [set, samples] of Object.entries(tokenSamples)) {
  const rows = samples.map(({ kind, text }) => {
    const tokens = countTokens(text)
    const estimate = estimateTokens(text)
    return {
      kind,
      characters: text.length,
      tokens,
      estimate,
      percent: Math.round((estimate / tokens - 1) * 1_000) / 10,
    }
  })
  const errors = rows.map(({ percent }) => Math.abs(percent)).sort((one, other) => one - other)
  console.log(`${set}: median ${errors[Math.floor(errors.length / 2)]} %, largest ${errors.at(-1)} %`)
  console.table(rows)
}
