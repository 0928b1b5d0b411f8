import { constants, createPublicKey, publicEncrypt } from "node:crypto"
import type { InputOf } from "../../src/client.js"
import type { KmsClient } from "../../src/client-interface.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { sealOf } from "./hosts.js"
import { quickRsaSuite } from "./quick-rsa.js"

type Import = Partial<InputOf<"ImportKeyMaterial">> & { readonly seed?: number }

/** An HSM that makes wrapping keys at once. */
export const quickHsm = () => createSoftwareHsm({ seal: sealOf(), suite: quickRsaSuite() })

/** An import of 32 bytes, the same for the same seed, that by default do not expire. */
export async function wrappedMaterial(
  root: KmsClient,
  KeyId: string,
  { seed = 1, ...members }: Import = {},
): Promise<InputOf<"ImportKeyMaterial">> {
  const asked = {
    KeyId,
    WrappingAlgorithm: "RSAES_OAEP_SHA_256",
    WrappingKeySpec: "RSA_2048",
  } as const
  const { ImportToken, PublicKey } = await root.getParametersForImport(asked)
  const der = Buffer.from(PublicKey as Uint8Array)
  const EncryptedKeyMaterial = publicEncrypt(
    {
      key: createPublicKey({ key: der, format: "der", type: "spki" }),
      padding: constants.RSA_PKCS1_OAEP_PADDING,
      oaepHash: "sha256",
    },
    new Uint8Array(32).fill(seed),
  )
  const ExpirationModel =
    members.ValidTo === undefined ? "KEY_MATERIAL_DOES_NOT_EXPIRE" : "KEY_MATERIAL_EXPIRES"
  return { KeyId, ImportToken, EncryptedKeyMaterial, ExpirationModel, ...members }
}

export const importMaterial = async (root: KmsClient, KeyId: string, more: Import = {}) =>
  root.importKeyMaterial(await wrappedMaterial(root, KeyId, more))
