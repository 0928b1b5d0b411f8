import others from "./others.json"
import { roundTrips } from "./round-trips.mjs"

const post = (report) => fetch("/report", { method: "POST", body: JSON.stringify(report) })
roundTrips(others).then(post, (error) => post({ passed: 0, failures: [`${error}`], messages: [] }))
