import others from "./others.json"
import { roundTrips } from "./round-trips.mjs"

const report = await roundTrips(others)
// biome-ignore lint/suspicious/noConsole: what every runtime but a page prints with.
console.log(JSON.stringify(report))
