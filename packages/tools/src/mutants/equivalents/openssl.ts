import { alike, type Equivalent } from "./equivalent.js"

const openssl = "packages/hsm/src/openssl"

export const inOpenssl: readonly Equivalent[] = [
  ...alike(`${openssl}/system-entropy.ts`, "systems of today have the device", [
    "if (descriptor === undefined) return randomFillSync(target)",
    "false",
  ]),
]
