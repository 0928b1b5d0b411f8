import { DecryptCommand, EncryptCommand, type KMSClient } from "@aws-sdk/client-kms"

/*
 * The application of the other recipes, in a package that is compiled to CommonJS.
 */

export interface Order {
  readonly id: string
  readonly tenant: string
  readonly card: string
}

/** Orders at rest. */
export interface OrderVault {
  seal(order: Order): Promise<Uint8Array>
  /** Opens what was sealed for this tenant, and for no other. */
  open(tenant: string, sealed: Uint8Array): Promise<Order>
}

const keyId = "alias/orders"
/** Authenticated with the ciphertext: what was sealed for one tenant opens for no other. */
const contextOf = (tenant: string) => ({ purpose: "orders", tenant })

export function createOrderVault(kms: KMSClient): OrderVault {
  return {
    seal: async (order) => {
      const { CiphertextBlob } = await kms.send(
        new EncryptCommand({
          KeyId: keyId,
          Plaintext: new TextEncoder().encode(JSON.stringify(order)),
          EncryptionContext: contextOf(order.tenant),
        }),
      )
      return CiphertextBlob ?? new Uint8Array()
    },
    open: async (tenant, sealed) => {
      const { Plaintext } = await kms.send(
        new DecryptCommand({
          KeyId: keyId,
          CiphertextBlob: sealed,
          EncryptionContext: contextOf(tenant),
        }),
      )
      return JSON.parse(new TextDecoder().decode(Plaintext))
    },
  }
}
