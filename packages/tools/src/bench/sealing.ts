import {
  createKms,
  createSoftwareHsm,
  exampleAccount,
  exampleRegion,
  rootKeySeal,
} from "@keywright/core"
import { sealedStorage, sealerOf, withoutStamps } from "@keywright/core/testing"
import { createMemoryStorage } from "@keywright/storage"
import { type Backend, backends } from "./backends.js"
import { type Figures, median } from "./figures.js"
import { compare, type InTurn, sliceUs } from "./in-turn.js"

const batch = 100
const verifiedKeys = 3000

/** Reads of records of keys, as they are and sealed: one, and a batch. */
async function measureReads({ suite }: Backend): Promise<{ one: InTurn; many: InTurn }> {
  const storage = createMemoryStorage()
  const hsm = createSoftwareHsm({ seal: rootKeySeal(new Uint8Array(32).fill(7)), suite: suite() })
  const kms = await createKms({ region: exampleRegion, account: exampleAccount, storage, hsm })
  const owner = kms.as(kms.administrator)
  for (let i = 0; i < batch; i += 1) await owner.createKey({})
  const sealed = sealedStorage(withoutStamps(storage), sealerOf(hsm))
  const { entries } = await sealed.list({ prefix: "key/", limit: batch })
  const keys = entries.map(({ key }) => key)
  const plain = createMemoryStorage()
  const put = entries.map(({ key, value }) => ({ key, value }))
  await plain.commit({ expect: [], put, remove: [] })
  const reads = (some: readonly string[], count: number): Promise<InTurn> =>
    compare(
      () => plain.get(some),
      () => sealed.get(some),
      count,
    )
  return { one: await reads(keys.slice(0, 1), 2000), many: await reads(keys, 40) }
}

/** Records that are verified in a second of processor time. */
async function verifiedInSecond({ suite }: Backend): Promise<number> {
  const storage = createMemoryStorage()
  const hsm = createSoftwareHsm({ seal: rootKeySeal(new Uint8Array(32).fill(7)), suite: suite() })
  const kms = await createKms({ region: exampleRegion, account: exampleAccount, storage, hsm })
  const owner = kms.as(kms.administrator)
  for (let i = 0; i < verifiedKeys; i += 1) {
    const { KeyMetadata } = await owner.createKey({})
    await owner.createAlias({ AliasName: `alias/key-${i}`, TargetKeyId: KeyMetadata?.KeyId ?? "" })
  }
  const { isWhole, records } = await kms.verify()
  if (!isWhole) throw new Error("the store that was made is not whole")
  const taken: number[] = []
  for (let round = 0; round < 5; round += 1) taken.push(await sliceUs(() => kms.verify(), 1))
  return (records * 1e6) / median(taken)
}

/** What it adds to a read that records are sealed, and what it takes to verify them all. */
export async function measureSealing(): Promise<Figures> {
  const openssl = await measureReads(backends.openssl)
  const noble = await measureReads(backends.noble)
  const verified = await verifiedInSecond(backends.openssl)
  const us = (value: number): string => `${value.toFixed(1)} µs`
  const more = ({ baseUs, otherUs }: InTurn): number => otherUs - baseUs
  const row = (name: string, read: InTurn): readonly string[] => [
    name,
    us(read.baseUs),
    us(read.otherUs),
    us(more(read)),
  ]
  const cold = "a key record that is not remembered, OpenSSL"
  const page = `${batch} key records in one batch, noble`
  return {
    title: "Sealed records",
    about:
      "Records of keys with default policies, read from the memory storage by itself and through " +
      "the HSM that seals them. Processor time, medians of 9 rounds in turn.",
    head: ["what", "as they are", "sealed", "more"],
    rows: [
      row(cold, openssl.one),
      row(`${batch} key records in one batch, OpenSSL`, openssl.many),
      row("a key record that is not remembered, noble", noble.one),
      row(page, noble.many),
      [
        "records that `verify` walks in a second, OpenSSL",
        "",
        Math.round(verified).toLocaleString("en-US"),
        "",
      ],
    ],
    goals: [
      { name: `${cold}, more`, is: more(openssl.one), goal: 15, unit: " µs" },
      { name: `${page}, more`, is: more(noble.many) / 1000, goal: 12, unit: " ms" },
      { name: "`verify`, OpenSSL", is: verified, goal: 20_000, atLeast: true, unit: " records/s" },
    ],
  }
}
