import { encodeFields } from "../../formats/fields.js"
import type {
  CloudHsmStore,
  ExternalStore,
  ProxyRecord,
  SealedSecret,
} from "../../formats/stored/key-store-records.js"
import type { Binding, BoundToken } from "../../ports/bindings.js"
import { hexOf, textOf, utf8 } from "../../vocabulary/bytes.js"
import { invariant } from "../../vocabulary/errors.js"
import type { Call } from "../call.js"

/*
 * The secrets of key stores at rest. Each is encrypted by the HSM of the region, under a key that
 * the HSM made for it and that no KMS key can ever name: its key id is the id of the store.
 */

/** What works with secrets. */
type Sealer = Pick<Call<unknown>, "place" | "hsm">

/** Whose secret it is, and all that it must never be used with anything else of. */
export interface SecretPlace {
  readonly account: string
  readonly storeId: string
  readonly purpose: readonly string[]
}

export const passwordPlace = (account: string, store: Pick<CloudHsmStore, "id">): SecretPlace => ({
  account,
  storeId: store.id,
  purpose: ["kmsuser password"],
})

/** Bound to where it is sent: whoever rewrites the record gets nothing signed for elsewhere. */
export const credentialPlace = (
  account: string,
  store: Pick<ExternalStore, "id"> & { readonly proxy: ProxyRecord },
): SecretPlace => {
  const { uriEndpoint, uriPath, accessKeyId } = store.proxy
  return {
    account,
    storeId: store.id,
    purpose: ["proxy credential", uriEndpoint, uriPath, accessKeyId],
  }
}

function keyFor(
  { place }: Pick<Sealer, "place">,
  { account, storeId }: SecretPlace,
  keyMaterialId: string,
): Binding {
  return {
    partition: place.partition,
    account,
    keyId: storeId,
    keyMaterialId,
    keySpec: "SYMMETRIC_DEFAULT",
    keyUsage: "ENCRYPT_DECRYPT",
    origin: "AWS_KMS",
    keyStoreId: undefined,
    xksKeyId: undefined,
  }
}

const aadOf = ({ place }: Sealer, { account, storeId, purpose }: SecretPlace): Uint8Array =>
  encodeFields(["keywright key store secret 1", place.partition, account, storeId, ...purpose])

export async function sealSecret(
  sealer: Sealer & Pick<Call<unknown>, "entropy">,
  secretPlace: SecretPlace,
  secret: string,
): Promise<SealedSecret> {
  const { hsm, entropy } = sealer
  const keyMaterialId = hexOf(entropy(new Uint8Array(32)))
  const binding = keyFor(sealer, secretPlace, keyMaterialId)
  const token = await hsm.generateKey(binding)
  const under: BoundToken = { token, binding }
  const plaintext = utf8(secret)
  try {
    const aad = aadOf(sealer, secretPlace)
    const ciphertext = await hsm.encrypt({ ...under, aad, plaintext })
    return { keyMaterialId, token, ciphertext }
  } finally {
    plaintext.fill(0)
  }
}

/** The key of a secret, as its HSM knows it. */
export const secretToken = (
  sealer: Pick<Sealer, "place">,
  secretPlace: SecretPlace,
  { keyMaterialId, token }: SealedSecret,
): BoundToken => ({ token, binding: keyFor(sealer, secretPlace, keyMaterialId) })

/** The secret again; a failure of the engine when it belongs elsewhere or was damaged. */
export async function openSecret(
  sealer: Sealer,
  secretPlace: SecretPlace,
  { keyMaterialId, token, ciphertext }: SealedSecret,
): Promise<string> {
  const binding = keyFor(sealer, secretPlace, keyMaterialId)
  const aad = aadOf(sealer, secretPlace)
  const plaintext = await sealer.hsm.decrypt({ token, binding, aad, ciphertext })
  invariant(plaintext, "a secret of a key store opens where it was sealed")
  const secret = textOf(plaintext)
  plaintext.fill(0)
  return secret
}
