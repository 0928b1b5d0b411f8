import { alike, type Equivalent } from "./equivalent.js"

const source = (name: string): string => `packages/core/src/${name}.ts`

/** Of which the names are asked for, and never the values. */
const optionNames = [
  "region",
  "account",
  "partition",
  "storage",
  "create",
  "hsm",
  "anchor",
  "anchorLagMs",
  "quotas",
  "requestQuotas",
  "requestQuotasOf",
  "identities",
  "guardrails",
  "keyStores",
  "xks",
  "cachedRecordsBytesMax",
  "audit",
  "events",
  "decisions",
  "trace",
  "attestations",
  "clock",
  "entropy",
  "traceEntropy",
  "timer",
  "rest",
]

/** At the front door of the core. */
export const inFront: readonly Equivalent[] = [
  ...alike(
    source("kms-options"),
    "the names of options are asked for, and not what stands behind them",
    ...optionNames.map((name) => [`${name}: true,`, "false"] as const),
  ),
  ...alike(
    source("given-policies"),
    "the sentence of an error of ours is for people",
    ['"must be the ARN of a user, a role, a role session or a federated user",', '""'],
    ['account: z.string().check(z.regex(/^\\d{12}$/, "must have 12 digits")),', '""'],
  ),
]
