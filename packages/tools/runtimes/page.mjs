import { everything } from "./everything.mjs"
import input from "./input.json"

const post = (report) => fetch("/report", { method: "POST", body: JSON.stringify(report) })
const broken = (error) => ({ passed: 0, failures: [`${error}`], messages: [], specs: [] })
everything(input).then(post, (error) => post(broken(error)))
