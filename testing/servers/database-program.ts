import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Returns the path of the first of these programs that is in one of the folders. */
export const findProgram = (places: readonly string[], names: readonly string[]): string | undefined =>
  names.flatMap((name) => places.map((place) => join(place, name))).find((path) => existsSync(path))

/** Installs packages of Debian. Does nothing if the machine is not Debian, the user is not root, or it fails. Takes about ten seconds,
 *  once per machine. */
export const installPackages = (...packages: string[]): void => {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const aptGet = (...words: string[]): unknown =>
    execFileSync('apt-get', words, { stdio: 'ignore', timeout: 180_000, env })
  try {
    aptGet('update')
    aptGet('install', '--yes', '--no-install-recommends', ...packages)
  } catch {
    return
  }
}

/** Shell script that runs a server and stops it when it ends itself. If the guardian has ended, it also removes the folder, so
 *  that an interrupted run leaves nothing behind. */
export const guard = `
"$@" & server=$!
trap 'kill $server; wait $server; exit' TERM INT
while kill -0 "$GUARDIAN" && kill -0 $server; do sleep 0.5 & wait $!; done 2>/dev/null
kill $server; wait $server
kill -0 "$GUARDIAN" || rm -rf "$FOLDER"
`
