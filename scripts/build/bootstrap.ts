/** What the platform runs to start an HTTP function (CloudBase documentation, "scf_bootstrap"). The binary's path belongs to
 *  the runtime Nodejs20.19; the function's folder becomes the working directory, where model_map.json lies. */
export const bootstrap = `#!/bin/bash
cd "$(dirname "$0")"
exec /var/lang/node20/bin/node index.js
`
