import { KMSClient } from "@aws-sdk/client-kms"
import { createTestKms, type TestKms } from "@keywright/testing"
import { secp256k1 } from "@noble/curves/secp256k1.js"
import {
  keccak256,
  parseEther,
  parseSignature,
  parseTransaction,
  recoverAddress,
  recoverTransactionAddress,
  toHex,
  verifyMessage,
  verifyTypedData,
} from "viem"
import { type LocalAccount, privateKeyToAccount } from "viem/accounts"
import { afterAll, beforeAll, expect, test } from "vitest"
import { createKmsAccount } from "../src/kms-account.js"

/** The first account of every development chain, known to all and worth nothing. */
const material = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
const address = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
const key = {
  alias: "alias/wallet",
  spec: "ECC_SECG_P256K1",
  usage: "SIGN_VERIFY",
  material,
} as const

let kit: TestKms
let account: LocalAccount

beforeAll(async () => {
  kit = await createTestKms({ fixtures: { keys: [key] } })
  account = await createKmsAccount(new KMSClient(kit.sdk()), "alias/wallet")
})

afterAll(() => kit.close())

const transaction = {
  type: "eip1559",
  chainId: 1,
  nonce: 7,
  to: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
  value: parseEther("0.25"),
  gas: 21_000n,
  maxFeePerGas: 30_000_000_000n,
  maxPriorityFeePerGas: 1_000_000_000n,
} as const

const typedData = {
  domain: { name: "Shop", version: "1", chainId: 1 },
  types: {
    Order: [
      { name: "id", type: "string" },
      { name: "total", type: "uint256" },
    ],
  },
  primaryType: "Order",
  message: { id: "o-1", total: 2500n },
} as const

test("the address of a key in KMS is the one that Ethereum knows for it", () => {
  expect(account.address).toBe(address)
  expect(privateKeyToAccount(`0x${material}`).address).toBe(address)
})

test("a transaction is sent from the address of the key", async () => {
  const serialized = await account.signTransaction(transaction)
  const to = transaction.to.toLowerCase()
  expect(parseTransaction(serialized)).toMatchObject({ ...transaction, to })
  const signed = serialized as `0x02${string}`
  expect(await recoverTransactionAddress({ serializedTransaction: signed })).toBe(address)
})

test("a message and typed data are verified by viem", async () => {
  const message = "I agree to the terms"
  const signature = await account.signMessage({ message })
  expect(await verifyMessage({ address, message, signature })).toBe(true)
  expect(await verifyMessage({ address, message: `${message}.`, signature })).toBe(false)
  const typed = await account.signTypedData(typedData)
  expect(await verifyTypedData({ ...typedData, address, signature: typed })).toBe(true)
})

test("S is always the lower one, though KMS answers either, and the parity is right", async () => {
  const half = secp256k1.Point.CURVE().n / 2n
  const hashes = Array.from({ length: 40 }, (_, count) => keccak256(toHex(count)))
  const signatures = await Promise.all(
    hashes.map(async (hash) => ({ hash, signature: await account.sign?.({ hash }) })),
  )
  const parities = new Set<number>()
  for (const { hash, signature = "0x" } of signatures) {
    const { s, yParity } = parseSignature(signature)
    expect(BigInt(s)).toBeLessThanOrEqual(half)
    expect(await recoverAddress({ hash, signature })).toBe(address)
    parities.add(yParity)
  }
  expect(parities).toEqual(new Set([0, 1]))

  const fromKms = await Promise.all(
    hashes.map((hash) =>
      kit.client().sign({
        KeyId: "alias/wallet",
        Message: Buffer.from(hash.slice(2), "hex"),
        MessageType: "DIGEST",
        SigningAlgorithm: "ECDSA_SHA_256",
      }),
    ),
  )
  const high = fromKms.filter(({ Signature = new Uint8Array() }) =>
    secp256k1.Signature.fromBytes(Signature, "der").hasHighS(),
  )
  expect(high.length).toBeGreaterThan(0)
})

test("a key of another curve makes no account", async () => {
  const spec = "ECC_NIST_P256"
  const { KeyMetadata } = await kit.client().createKey({ KeySpec: spec, KeyUsage: "SIGN_VERIFY" })
  const made = createKmsAccount(new KMSClient(kit.sdk()), KeyMetadata.KeyId)
  await expect(made).rejects.toThrow("no key for Ethereum: its spec is ECC_NIST_P256")
})

test("a wallet whose key is disabled signs nothing", async () => {
  const world = kit.snapshot()
  const { KeyMetadata } = await kit.client().describeKey({ KeyId: "alias/wallet" })
  await kit.client().disableKey({ KeyId: KeyMetadata.KeyId })
  const signing = account.signTransaction(transaction)
  await expect(signing).rejects.toMatchObject({ name: "DisabledException" })
  await kit.restore(world)
  expect(await account.signTransaction(transaction)).toMatch(/^0x02/)
})
