import { everything } from "./everything.mjs"
import input from "./input.json"

/** What `workerd test` calls. */
export const worker = {
  async test() {
    // biome-ignore lint/suspicious/noConsole: what a Worker prints with.
    console.log(JSON.stringify(await everything(input)))
  },
}
