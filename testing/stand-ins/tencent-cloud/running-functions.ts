import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type StartedFunction, startFunction } from '../../servers/start-function.ts'
import type { CloudState, StoredFunction } from './cloud-state.ts'
import { type UnpackedFile, unpack } from './unpack.ts'

/** Functions as processes. Each runs its uploaded code, unpacked into a new folder. */
export interface RunningFunctions {
  /** Returns the URL of a function. Its process starts at the first call and again after each change.
   *  @throws Error if the platform could not start it */
  readonly getUrl: (name: string) => Promise<string>
  /** Wakes a function for a request. Returns a callback for the end of the request, which freezes an idle function. */
  readonly wake: (name: string) => () => void
  /** Unpacks the code of a function and returns its folder and files. */
  readonly unpacked: (name: string) => { folder: string; files: UnpackedFile[] }
  readonly stop: () => Promise<void>
}

interface Instance {
  readonly revision: number
  readonly started: Promise<StartedFunction>
}

/** Creates the processes of a cloud's functions. */
export const runningFunctions = (state: CloudState): RunningFunctions => {
  const root = mkdtempSync(join(tmpdir(), 'uploaded-'))
  const instances = new Map<string, Instance>()
  const unpacked = (name: string): { folder: string; files: UnpackedFile[] } => {
    const { zip, revision } = getStored(state, name)
    const parent = join(root, String(revision))
    return { folder: parent, files: unpack(zip, join(parent, name)) }
  }
  const busy = new Map<string, number>()
  const count = (name: string, step: number): number => {
    const now = (busy.get(name) ?? 0) + step
    busy.set(name, now)
    return now
  }
  const signal = async (name: string, what: NodeJS.Signals): Promise<void> => {
    const running = await instances.get(name)?.started
    running?.child.kill(what)
  }
  const start = (name: string): Promise<StartedFunction> => {
    const { folder, files } = unpacked(name)
    const bootstrap = files.find((file) => file.name === 'scf_bootstrap')
    if (!bootstrap || (bootstrap.mode & 0o111) === 0) throw new Error(`${name} has no executable scf_bootstrap`)
    return startFunction(name, { ...state.platformVariables, ...getVariables(getStored(state, name)) }, folder)
  }
  return {
    unpacked,
    wake: (name) => {
      count(name, 1)
      void signal(name, 'SIGCONT')
      return () => void (count(name, -1) === 0 && state.behaviour.freezes && signal(name, 'SIGSTOP'))
    },
    getUrl: async (name) => {
      const { revision } = getStored(state, name)
      const running = instances.get(name)
      if (running?.revision !== revision) {
        await running?.started.then(({ stop }) => stop())
        instances.set(name, { revision, started: start(name) })
      }
      return (await (instances.get(name) as Instance).started).url
    },
    stop: async () => {
      for (const { started } of instances.values()) await started.then(({ stop }) => stop())
      rmSync(root, { recursive: true, force: true })
    },
  }
}

const getStored = (state: CloudState, name: string): StoredFunction => {
  const found = state.functions.get(name)
  if (!found) throw new Error(`${name} is not deployed`)
  return found
}

const getVariables = ({ params }: StoredFunction): Record<string, string> => {
  const { Variables = [] } = (params['Environment'] ?? {}) as { Variables?: readonly { Key: string; Value: string }[] }
  return Object.fromEntries(Variables.map(({ Key, Value }) => [Key, Value]))
}
