/**
 * Measures decide, explain and compile, and prints ratios against @cedar-policy/cedar-wasm.
 *
 *   node --expose-gc packages/policy/bench/policy-bench.mjs
 */
import { performance } from "node:perf_hooks"
import process from "node:process"
import * as cedar from "@cedar-policy/cedar-wasm/nodejs"
import {
  compile,
  compileDocument,
  createCompiler,
  defaultKeyPolicy,
  indexGrants,
} from "../dist/index.js"
import * as scene from "./scene.mjs"

const rounds = 9

/** Calls for each second of processor time, so that a busy machine changes little. */
function rate(work, milliseconds = 250) {
  const wallStart = performance.now()
  const start = process.cpuUsage()
  let done = 0
  while (performance.now() - wallStart < milliseconds) {
    for (let i = 0; i < 100; i++) work(done + i)
    done += 100
  }
  const { user, system } = process.cpuUsage(start)
  return (done / (user + system)) * 1e6
}

const middle = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]

/**
 * Measures several kinds of work in turns, after a warm-up: the median rate of each, and for two
 * of them the median of the ratios that the rounds had.
 */
function measure(works) {
  const names = Object.keys(works)
  for (const name of names) rate(works[name], 150)
  const taken = Array.from({ length: rounds }, () =>
    Object.fromEntries(names.map((name) => [name, rate(works[name])])),
  )
  const rates = names.map((name) => [name, middle(taken.map((round) => round[name]))])
  const ratio = (one, other) => middle(taken.map((round) => round[one] / round[other]))
  return { rates: Object.fromEntries(rates), ratio }
}

const thousands = (value) => Math.round(value).toLocaleString("en-US")
const print = (name, text) => process.stdout.write(`${name.padEnd(58)} ${text}\n`)

const policies = {
  keyPolicy: scene.keyPolicy,
  identityPolicies: scene.identityPolicies,
}
const compiled = compile(policies)
const effects = [0, 1, 2, 3].map((turn) => compiled.decide(scene.requestOf(turn)).effect)
print("effects of the four requests", effects.join(" "))

const account = "111122223333"
const usual = defaultKeyPolicy(account, "aws")
const largeStatements = Array.from({ length: 110 }, (_, index) => scene.largeStatement(index))
const large = JSON.stringify({ Version: "2012-10-17", Statement: largeStatements })
const keyDocument = compileDocument(scene.keyPolicy, "keyPolicy")
const documents = scene.identityPolicies.map((text) => compileDocument(text, "identityPolicy"))
const withLevels = compile({ ...policies, ...scene.organization(compileDocument) })
const [fewGrants, manyGrants] = [10, 50_000].map((count) => {
  const grants = indexGrants(scene.grantsOf(count))
  const withGrants = compile({ keyPolicy: scene.closedKeyPolicy, grants })
  return {
    four: (turn) => withGrants.decide(scene.grantRequestOf(turn % 4, count)),
    every: (turn) => withGrants.decide(scene.grantRequestOf(turn, count)),
  }
})
cedar.preparsePolicySet("bench", scene.cedarPolicies)

const { rates, ratio } = measure({
  decide: (turn) => compiled.decide(scene.requestOf(turn)),
  cedar: (turn) => cedar.isAuthorized(scene.cedarCall(turn)),
  cedarStateful: (turn) => cedar.statefulIsAuthorized(scene.cedarStatefulCall(turn, "bench")),
  explain: (turn) => compiled.explain(scene.requestOf(turn)),
  compile: () => compileDocument(scene.keyPolicy, "keyPolicy"),
  compileUsual: () => compileDocument(usual, "keyPolicy"),
  compileLarge: () => compileDocument(large, "keyPolicy"),
  bundle: () => compile({ keyPolicy: keyDocument, identityPolicies: documents }),
  levels: (turn) => withLevels.decide(scene.requestOf(turn)),
})
const { rates: grantRates, ratio: grantRatio } = measure({
  few: fewGrants.four,
  many: manyGrants.four,
  fewEvery: fewGrants.every,
  manyEvery: manyGrants.every,
})

const microseconds = (callsEachSecond) => `${(1e6 / callsEachSecond).toFixed(2)} µs`
print("rates are calls for each second of processor time", "")
print("decide, context building included", `${thousands(rates.decide)}/s`)
print("explain", `${thousands(rates.explain)}/s`)
print("compile a key policy of 5 statements", microseconds(rates.compile))
print("compile the default key policy", microseconds(rates.compileUsual))
print(`compile a key policy of ${large.length} bytes`, microseconds(rates.compileLarge))
print("compile from compiled documents", microseconds(rates.bundle))
print("decide by grant, 10 grants", `${thousands(grantRates.few)}/s`)
print("decide by grant, 50,000 grants", `${thousands(grantRates.many)}/s`)
const times = (value) => value.toFixed(2)
print("50,000 grants / 10, four requests in turn", times(grantRatio("few", "many")))
print("50,000 grants / 10, every grant in turn", times(grantRatio("fewEvery", "manyEvery")))
print("time with 8 levels of 5 SCPs and RCPs / time without", times(ratio("decide", "levels")))

const compiler = createCompiler({ bytesMax: 2 ** 24 })
const copies = new Set()
for (let key = 0; key < 10_000; key++) {
  copies.add(compiler.compileDocument(defaultKeyPolicy(account, "aws"), "keyPolicy"))
}
print("compiled copies held by 10,000 keys, default policy", String(copies.size))

const latencies = new Float64Array(50_000)
for (let i = 0; i < latencies.length; i++) {
  const request = scene.requestOf(i)
  const start = performance.now()
  compiled.decide(request)
  latencies[i] = performance.now() - start
}
latencies.sort()
print("decide, 99th percentile of wall time", `${(latencies[49_500] * 1_000).toFixed(1)} µs`)

print("cedar-wasm, policies passed each call", `${thousands(rates.cedar)}/s`)
print("cedar-wasm, stateful", `${thousands(rates.cedarStateful)}/s`)
print("decide / cedar-wasm, policies passed each call", ratio("decide", "cedar").toFixed(0))
print("decide / cedar-wasm, stateful", ratio("decide", "cedarStateful").toFixed(0))
