import { GetPublicKeyCommand, type KMSClient, SignCommand } from "@aws-sdk/client-kms"
import { secp256k1 } from "@noble/curves/secp256k1.js"
import {
  bytesToHex,
  type Hex,
  hashMessage,
  hashTypedData,
  hexToBytes,
  keccak256,
  numberToHex,
  type Signature,
  serializeSignature,
  serializeTransaction,
} from "viem"
import { type LocalAccount, publicKeyToAddress, toAccount } from "viem/accounts"

const { n: order } = secp256k1.Point.CURVE()

/** The public key of a key on secp256k1, uncompressed: the last 65 bytes of what KMS answers. */
async function fetchPublicKey(kms: KMSClient, KeyId: string): Promise<Uint8Array> {
  const { PublicKey, KeySpec } = await kms.send(new GetPublicKeyCommand({ KeyId }))
  if (PublicKey === undefined || KeySpec !== "ECC_SECG_P256K1") {
    throw new TypeError(`${KeyId} is no key for Ethereum: its spec is ${KeySpec}`)
  }
  return PublicKey.slice(-65)
}

/**
 * A signature as Ethereum wants it. ECDSA allows S and its negative alike; KMS answers either, and
 * EIP-2 accepts the lower one only. The parity, of which KMS says nothing, is the one that leads
 * back to the public key.
 */
function toEthereum(der: Uint8Array, hash: Uint8Array, publicKey: Uint8Array): Signature {
  const { r, s } = secp256k1.Signature.fromBytes(der, "der")
  const low = new secp256k1.Signature(r, s > order / 2n ? order - s : s)
  const wanted = bytesToHex(publicKey)
  const yParity = [0, 1].find(
    (bit) => `0x${low.addRecoveryBit(bit).recoverPublicKey(hash).toHex(false)}` === wanted,
  )
  if (yParity === undefined) throw new Error("the signature is not of this key")
  const hexOf = (value: bigint) => numberToHex(value, { size: 32 })
  return { r: hexOf(low.r), s: hexOf(low.s), yParity }
}

/** An account of viem whose private key is in KMS and stays there. */
export async function createKmsAccount(kms: KMSClient, KeyId: string): Promise<LocalAccount> {
  const publicKey = await fetchPublicKey(kms, KeyId)

  async function signHash(hash: Hex): Promise<Signature> {
    const Message = hexToBytes(hash)
    const { Signature = new Uint8Array() } = await kms.send(
      new SignCommand({
        KeyId,
        Message,
        // Keccak-256 is made here: to KMS it is a digest like any other.
        MessageType: "DIGEST",
        SigningAlgorithm: "ECDSA_SHA_256",
      }),
    )
    return toEthereum(Signature, Message, publicKey)
  }
  const sign = async (hash: Hex): Promise<Hex> => serializeSignature(await signHash(hash))

  return toAccount({
    address: publicKeyToAddress(bytesToHex(publicKey)),
    sign: ({ hash }) => sign(hash),
    signMessage: ({ message }) => sign(hashMessage(message)),
    signTypedData: (typedData) => sign(hashTypedData(typedData)),
    signTransaction: async (transaction, { serializer = serializeTransaction } = {}) => {
      // The blobs of EIP-4844 travel beside the transaction and are not signed.
      const isBlob = transaction.type === "eip4844"
      const signed = isBlob ? { ...transaction, sidecars: false as const } : transaction
      const signature = await signHash(keccak256(await serializer(signed)))
      return serializer(transaction, signature)
    },
  })
}
