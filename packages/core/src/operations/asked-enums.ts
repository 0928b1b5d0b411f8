import * as z from "zod/mini"
import { signingAlgorithms } from "../vocabulary/algorithms.js"
import { dataKeySpecBytes, keySpecs } from "../vocabulary/key-specs.js"

/*
 * Two members of requests that AWS reads as more than what they may hold.
 */

/**
 * The algorithm to sign with. AWS takes `SYMMETRIC_DEFAULT` for one here, which is then no
 * algorithm of any key that signs.
 */
export const signingAlgorithmAsked = () => {
  const schema = z.enum(signingAlgorithms)
  const { run } = schema._zod
  schema._zod.run = (payload, context) =>
    payload.value === "SYMMETRIC_DEFAULT" ? payload : run(payload, context)
  return schema
}

/**
 * The spec of a data key. AWS reads it as the spec of a key: the refusal of what is none lists
 * those, and only the refusal of another key spec those of data keys.
 */
export const dataKeySpec = () => {
  const schema = z.enum(Object.keys(dataKeySpecBytes) as (keyof typeof dataKeySpecBytes)[])
  const { run } = schema._zod
  const isKeySpec = (value: unknown) => keySpecs.some((spec) => spec === value)
  schema._zod.run = (payload, context) => {
    const result = run(payload, context)
    if (!isKeySpec(payload.value)) {
      payload.issues = payload.issues.map((issue) =>
        issue.code === "invalid_value" ? { ...issue, values: [...keySpecs] } : issue,
      )
    }
    return result
  }
  return schema
}
