import { hmac } from "@noble/hashes/hmac.js"
import { sha224, sha256, sha384, sha512 } from "@noble/hashes/sha2.js"
import type { CHash } from "@noble/hashes/utils.js"
import type { CryptoSuite, MacKey, Opener } from "../crypto-suite.js"

const openWith =
  (hash: CHash): Opener<MacKey> =>
  (material) => ({ mac: (message) => hmac(hash, material, message) })

export const nobleMacKeys: CryptoSuite["macKeys"] = Object.freeze({
  HMAC_224: openWith(sha224),
  HMAC_256: openWith(sha256),
  HMAC_384: openWith(sha384),
  HMAC_512: openWith(sha512),
})
