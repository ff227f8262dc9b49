/** What is changed in the files of packages when they are bundled: what costs a cold start much and gives the gateway nothing, and
 *  what does not work in a bundle. Each text must be in the file exactly once. */
const edits: readonly { readonly file: string; readonly replace: Readonly<Record<string, string>> }[] = [
  // `init()` of `@cloudbase/node-sdk` 3.18 makes a client for data models, which takes longer to load than all that the database
  // needs. It is made when `models` is first read.
  {
    file: '@cloudbase/node-sdk/dist/cloudbase.js',
    replace: {
      'const httpClient = ': 'const createModels = () => ',
      'this.models = httpClient;': `let models;
        const get = () => (models ??= createModels());
        const set = (value) => void (models = value);
        Object.defineProperty(this, 'models', { get, set, enumerable: true, configurable: true });`,
    },
  },
  // It reads its version from a file that is not there when it is bundled, and calls itself `unknow` then.
  {
    file: '@cloudbase/node-sdk/dist/utils/version.js',
    replace: {
      'exports.version = loadPackage().version;': "exports.version = require('../../package.json').version;",
    },
  },
  // The first comparison by language loads the collation rules. The keys are lower-case names of headers and parameters.
  {
    file: '@cloudbase/signature-nodejs/lib/keyvalue.js',
    replace: { 'l.toString().localeCompare(r)': '(l < r ? -1 : l > r ? 1 : 0)' },
  },
  // `mysql2` 3.24 reads the server's version and the names of its plug-ins, which are ASCII, in an encoding that only iconv-lite
  // knows.
  {
    file: 'mysql2/lib/packets/handshake.js',
    replace: { "packet.readNullTerminatedString('cesu8')": "packet.readNullTerminatedString('utf8')" },
  },
  {
    file: 'mysql2/lib/packets/auth_switch_request.js',
    replace: { "packet.readNullTerminatedString('cesu8')": "packet.readNullTerminatedString('utf8')" },
  },
]

/** Makes the changes to a file of a package.
 *  @throws TypeError if the file is no longer as expected */
export const editPackage = (path: string, code: string): string => {
  const { replace = {} } = edits.find(({ file }) => path.replaceAll('\\', '/').endsWith(`/node_modules/${file}`)) ?? {}
  return Object.entries(replace).reduce((edited, [text, replacement]) => {
    if (edited.split(text).length !== 2) throw new TypeError(`'${text}' is not exactly once in ${path}.`)
    return edited.replace(text, () => replacement)
  }, code)
}
