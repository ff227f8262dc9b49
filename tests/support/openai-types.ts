import ts from 'typescript'

/** A reply of the gateway and its type in the `openai` package, such as `OpenAI.ChatCompletion`. */
export interface TypedReply {
  readonly name: string
  readonly type: string
  readonly value: unknown
}

const fileName = 'replies.ts'

/** Returns the type errors of replies, checked by the TypeScript compiler with the types of the `openai` package. Additional fields
 *  are allowed. One compilation checks all replies. */
export const findTypeProblems = (replies: readonly TypedReply[]): string[] => {
  const source = [
    "import type OpenAI from 'openai'",
    'declare const accept: <Type>(value: Type) => void',
    'declare const given: <Value>(value: Value) => Value',
    // OpenAI's own servers send the fingerprint as null, which the types of the package do not allow.
    "type Sent<Type> = Omit<Type, 'system_fingerprint'> & { system_fingerprint?: string | null }",
    ...replies.map(({ type, value }) => `accept<Sent<${type}>>(given(${JSON.stringify(value)}))`),
  ].join('\n')
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ['node'],
  }
  const host = ts.createCompilerHost(options)
  const read = host.getSourceFile.bind(host)
  host.getSourceFile = (name, ...rest) =>
    name.endsWith(fileName) ? ts.createSourceFile(name, source, ts.ScriptTarget.ES2022) : read(name, ...rest)
  const program = ts.createProgram([fileName], options, host)
  const file = program.getSourceFile(fileName)
  return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map((diagnostic) => {
    const line = file?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line ?? 0
    const name = replies[line - 4]?.name ?? 'the check itself'
    return `${name}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ')}`
  })
}
