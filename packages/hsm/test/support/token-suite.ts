import { opensslSuite } from "../../src/openssl.js"
import { createTokenDevice } from "../../src/pkcs11/device.js"
import { createFindKey, createTokenKeys } from "../../src/pkcs11/token-keys.js"
import { createTokenSuite } from "../../src/pkcs11/token-suite.js"
import type { Pkcs11Token } from "../../src/pkcs11.js"

const domainKeyId = "00000000000000aa"

/** The device and the suite of a token, without an HSM around them. */
export async function suiteOf({ connection, mechanisms }: Pkcs11Token) {
  const find = createFindKey()
  const suite = opensslSuite()
  const device = createTokenDevice({ connection, mechanisms, find, suite, handsOver: true })
  await device.makeDomainKey(domainKeyId)
  device.useDomainKeys([domainKeyId], domainKeyId)
  const keys = createTokenKeys(connection, mechanisms, find)
  return { device, suite: createTokenSuite({ keys, mechanisms, suite }) }
}
