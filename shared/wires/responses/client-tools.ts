import { isObject, type JsonObject } from '../../runtime/json.ts'

/** A tool that the API defines and the client runs. A chat has it as a function, which returns as the item that the client
 *  expects. */
export interface ClientTool {
  readonly description: string
  /** The JSON schema of its arguments. */
  readonly parameters: JsonObject
  /** The type of the item that calls it, the prefix of its id, and the field that holds the arguments. */
  readonly itemType: string
  readonly idPrefix: string
  readonly field: string
  /** The type of the item that holds the result. */
  readonly outputType: string
  /** Fields that the item has beside them. */
  readonly also?: JsonObject
}

const createSchema = (properties: JsonObject, required: readonly string[]): JsonObject => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})

const text = { type: 'string' }
const texts = { type: 'array', items: text }
const count = { type: 'integer' }

/** The tools that a client runs, by name (OpenAI API reference, "Create a model response", `tools`). */
export const clientTools: Readonly<Record<string, ClientTool>> = {
  apply_patch: {
    description:
      'Creates, updates or deletes one file. `diff` has lines that begin with a space (kept), `-` (removed) or `+` (added), ' +
      'in hunks that begin with `@@`; the diff of a new file has only `+` lines.',
    parameters: createSchema(
      {
        type: { type: 'string', enum: ['create_file', 'update_file', 'delete_file'] },
        path: text,
        diff: { ...text, description: 'Leave it out to delete a file.' },
      },
      ['type', 'path'],
    ),
    ...{ itemType: 'apply_patch_call', idPrefix: 'apc', field: 'operation', outputType: 'apply_patch_call_output' },
  },
  shell: {
    description: 'Runs shell commands, and returns what they print and their exit codes.',
    parameters: createSchema({ commands: texts, timeout_ms: count, max_output_length: count }, ['commands']),
    ...{ itemType: 'shell_call', idPrefix: 'sh', field: 'action', outputType: 'shell_call_output' },
    also: { timeout_ms: null, max_output_length: null },
  },
  local_shell: {
    description: 'Runs one command, given as its words, and returns what it prints.',
    parameters: createSchema({ command: texts, timeout_ms: count, working_directory: text }, ['command']),
    ...{ itemType: 'local_shell_call', idPrefix: 'lsh', field: 'action', outputType: 'local_shell_call_output' },
    also: { type: 'exec', env: {} },
  },
}

const byItem: ReadonlyMap<unknown, string> = new Map(
  Object.entries(clientTools).map(([name, { itemType }]) => [itemType, name]),
)

/** The name of the tool that an item calls; undefined if the item is no such call. */
export const findCalledTool = ({ type }: JsonObject): string | undefined => byItem.get(type)

const outputTypes: ReadonlySet<unknown> = new Set(Object.values(clientTools).map(({ outputType }) => outputType))

/** Whether an item holds the result of a tool that the client ran. */
export const isClientToolOutput = ({ type }: JsonObject): boolean => outputTypes.has(type)

/** The fields of an item that calls a tool with these arguments. */
export const toCallFields = ({ field, also = {} }: ClientTool, parsed: unknown): JsonObject => ({
  [field]: { ...also, ...(isObject(parsed) ? parsed : {}) },
})
