// Preloaded into the process of every function. Ends it when the local gateway has ended in any way, including kill -9.
process.once('disconnect', () => process.exit())
// The channel alone must not keep a function running that has nothing left to do.
process.channel?.unref()
