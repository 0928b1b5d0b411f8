import { spkiOfMaterial } from "../../formats/keys/pair-material.js"
import type { KeyDevice } from "../suite/key-device.js"
import type { Boundary } from "./boundary.js"
import { materialRulesOf } from "./materials.js"

/** Key material in the memory of the HSM: what is kept of it is the material itself. */
export const memoryDevice = (made: Omit<Boundary, "device" | "domain" | "keys">): KeyDevice =>
  Object.freeze<KeyDevice>({
    generate: (spec) => materialRulesOf(spec).generate(made, spec),
    take: (_spec, material) => material,
    give: (_spec, kept) => kept,
    renew: (_spec, kept) => kept,
    publicKey: spkiOfMaterial,
    hmacSha256: made.suite.hmacSha256,
    makeDomainKey: () => undefined,
    useDomainKeys: () => undefined,
    removeDomainKey: () => undefined,
  })
