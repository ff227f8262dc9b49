/** The script by which the platform starts an HTTP function (CloudBase documentation, "scf_bootstrap"). The path of
 *  the binary belongs to the runtime Nodejs20.19. The folder of the function, which holds model_map.json, becomes
 *  the working directory. */
export const bootstrap = `#!/bin/bash
cd "$(dirname "$0")"
exec /var/lang/node20/bin/node index.js
`
