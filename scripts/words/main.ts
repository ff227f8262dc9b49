import { readStoredWords, writeStoredWords } from '../../shared/gateway/stores/stored-words.ts'
import { finishWork } from '../../shared/runtime/slices.ts'
import { parseWordList } from '../../shared/safety/words/word-list.ts'
import { runTool } from '../command-line/run-tool.ts'
import { UsageError } from '../command-line/usage-error.ts'
import { runDefinitionTool, type StoredThing } from '../definitions/definition-tool.ts'

const usage = `npm run words -- COMMAND

  show        prints the stored list of words
  set FILE    stores the list of a text file; functions use it within CONFIG_TTL seconds
  check FILE  says whether a text file can be used

A file has one word a line (docs/moderation.md). The list is in the store of USAGE_STORE (collection, mysql or rdb). Functions use it with MODERATION_WORDS=store. The variables may also be in .env.`

const words: StoredThing = {
  name: 'words',
  usage,
  parse: (text, file) => {
    const { value, problem } = finishWork(parseWordList(text, file))
    if (problem !== undefined) throw new UsageError(problem, usage)
    return { text, description: `${value.length} ${value.length === 1 ? 'word' : 'words'}` }
  },
  read: async (store) => (await readStoredWords(store))?.text,
  write: writeStoredWords,
}

await runTool((args) => runDefinitionTool(words, args))
