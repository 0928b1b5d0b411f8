import { everything } from "./everything.mjs"
import input from "./input.json"

const report = await everything(input)
// biome-ignore lint/suspicious/noConsole: what every runtime but a page prints with.
console.log(JSON.stringify(report))
