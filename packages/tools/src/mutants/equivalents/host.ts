import { alike, type Equivalent } from "./equivalent.js"

const host = (name: string): string => `packages/core/src/engine/host/${name}.ts`

/** In what one host is made of. */
export const inHost: readonly Equivalent[] = [
  ...alike(host("last-usages"), "an ARN has both, or is none", [
    "return account === undefined || keyId === undefined ? undefined : { account, keyId, ...use }",
    "account === undefined && keyId === undefined",
  ]),
  ...alike(host("last-usages"), "no note is forgotten that is being written", [
    "if (note === undefined) return",
    "false",
  ]),
  ...alike(host("throttle"), "no quota has the name of an operation that uses keys", [
    'row.effect === "use" ? undefined : take(caller.account, operation as RequestGroup),',
    "false",
  ]),
  ...alike(host("answering-storage"), "nobody watches while a timer runs", [
    "if (waiting.size === 0 || running !== undefined) return",
    "false",
  ]),
]
