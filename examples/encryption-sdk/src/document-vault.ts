import {
  buildClient,
  CommitmentPolicy,
  getClient,
  getLocalCryptographicMaterialsCache,
  KMS,
  KmsKeyringNode,
  NodeCachingMaterialsManager,
} from "@aws-crypto/client-node"

/*
 * An application as it is written against AWS KMS. What it needs to know of the world, it is told:
 * how to make a client, and which key to use.
 */

/** Documents as messages of the AWS Encryption SDK, bound to the customer that they are about. */
export interface DocumentVault {
  seal(customer: string, document: Uint8Array): Promise<Uint8Array>
  open(customer: string, sealed: Uint8Array): Promise<Uint8Array>
}

type ClientConfig = ConstructorParameters<typeof KMS>[0]

const { encrypt, decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)

export function createDocumentVault(keyArn: string, config?: ClientConfig): DocumentVault {
  const keyring = new KmsKeyringNode({
    generatorKeyId: keyArn,
    clientProvider: getClient(KMS, config),
  })
  // One data key serves up to 100 documents of a customer, for at most five minutes.
  const materials = new NodeCachingMaterialsManager({
    backingMaterials: keyring,
    cache: getLocalCryptographicMaterialsCache(1000),
    maxAge: 5 * 60 * 1000,
    maxMessagesEncrypted: 100,
  })
  return {
    seal: async (customer, document) => {
      const encryptionContext = { customer }
      return (await encrypt(materials, Buffer.from(document), { encryptionContext })).result
    },
    open: async (customer, sealed) => {
      const { plaintext, messageHeader } = await decrypt(materials, Buffer.from(sealed))
      // The message carries its context: whoever opens it must look whether it is the right one.
      if (messageHeader.encryptionContext["customer"] !== customer) {
        throw new Error("the document is about another customer")
      }
      return plaintext
    },
  }
}
