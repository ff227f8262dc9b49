import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'tsup'

const folder = 'dist/bench'

/** Bundles the processes of the benchmark into `dist/bench/`, in the same way as the functions, so that the build does not favour a
 *  target. */
export const buildProcesses = async (): Promise<void> => {
  await build({
    config: false,
    silent: true,
    entry: ['bench/processes/*.ts'],
    outDir: folder,
    format: 'cjs',
    target: 'node20',
    platform: 'node',
    noExternal: [/.*/],
    splitting: false,
    minify: true,
    outExtension: () => ({ js: '.js' }),
  })
  writeFileSync(join(folder, 'package.json'), '{"type":"commonjs"}')
}

/** Installs the programs to compare with, in the versions of `bench/peers/package-lock.json`, without their install scripts. */
export const installPeers = (): void => {
  if (existsSync('bench/peers/node_modules/@portkey-ai/gateway')) return
  console.log('Installing the programs to compare with (bench/peers) …')
  execFileSync('npm', ['ci', '--ignore-scripts'], { cwd: 'bench/peers', stdio: 'inherit' })
}
