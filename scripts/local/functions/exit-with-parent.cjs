// Preloaded into every function's process: ends it when the local gateway is gone, however that went (kill -9 too).
process.once('disconnect', () => process.exit())
// The channel alone does not keep a function alive that has nothing left to do.
process.channel?.unref()
