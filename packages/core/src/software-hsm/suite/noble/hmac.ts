import { hmac } from "@noble/hashes/hmac.js"
import { sha224, sha256, sha384, sha512 } from "@noble/hashes/sha2.js"
import type { CHash } from "@noble/hashes/utils.js"
import type { FullSuiteKeys, FullSuiteRow, HmacSpec } from "../crypto-suite.js"

const row = (hash: CHash): FullSuiteRow<HmacSpec> => ({
  GENERATE_VERIFY_MAC: (material) => ({ mac: (message) => hmac(hash, material, message) }),
})

export const nobleMacRows: Pick<FullSuiteKeys, HmacSpec> = Object.freeze({
  HMAC_224: row(sha224),
  HMAC_256: row(sha256),
  HMAC_384: row(sha384),
  HMAC_512: row(sha512),
})
