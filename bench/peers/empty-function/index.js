/** The empty function that the functions framework is started with. */
exports.main = async () => ({ ok: true })
