// Ends this process when the one that started it has ended, however that was: its pipe closes then.
import process from "node:process"

process.stdin.once("end", () => process.exit(1))
process.stdin.resume()
// It holds up nobody who is done.
process.stdin.unref()
