import {
  createKms,
  createSoftwareHsm,
  exampleAccount,
  exampleRegion,
  type RegionHsm,
  rootKeySeal,
} from "@keywright/core"
import { hsmFleet } from "@keywright/hsm/fleet"
import { isolatedHsm } from "@keywright/hsm/isolated"
import { opensslSuite } from "@keywright/hsm/openssl"
import { createMemoryStorage } from "@keywright/storage"
import { bareProcess, bareThread, behindBareLinks } from "./bare-links.js"
import { type Figures, type Goal, median } from "./figures.js"

/*
 * By the clock on the wall: what a process does is done while its host waits. So a busy machine
 * says little, and the rounds of all compositions are in turn. What a bare link to the same work
 * takes in the same run is beside them: less is not to be had.
 */

const rounds = 9
const inFlight = 32
const rootKey = new Uint8Array(32).fill(7)

const isolated = (boundary: "process" | "thread") =>
  isolatedHsm({ boundary, hsm: { suite: "openssl", seal: { rootKey } } })

/** Microseconds that one act takes, of `count` with so many at a time. */
async function wallUs(act: () => Promise<unknown>, count: number, atOnce: number): Promise<number> {
  let left = count
  const work = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      await act()
    }
  }
  const begun = process.hrtime.bigint()
  await Promise.all(Array.from({ length: atOnce }, work))
  return Number(process.hrtime.bigint() - begun) / 1000 / count
}

/** The median of the microseconds that single calls take, one after another. */
async function loneUs(act: () => Promise<unknown>, count: number): Promise<number> {
  const taken: number[] = []
  for (let i = 0; i < count; i += 1) taken.push(await wallUs(act, 1, 1))
  return median(taken)
}

const software = (): RegionHsm =>
  createSoftwareHsm({ seal: rootKeySeal(rootKey), suite: opensslSuite() })

async function contestant(hsm: RegionHsm) {
  const storage = createMemoryStorage()
  const kms = await createKms({ region: exampleRegion, account: exampleAccount, storage, hsm })
  const owner = kms.as(kms.administrator)
  const KeyId = (await owner.createKey({})).KeyMetadata?.KeyId ?? ""
  const pair = await owner.createKey({ KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" })
  const SigningAlgorithm = "RSASSA_PSS_SHA_256" as const
  const signed = { KeyId: pair.KeyMetadata?.KeyId ?? "", SigningAlgorithm, Message: rootKey }
  const records = Array.from({ length: 100 }, (_, i) => ({
    place: `key/${i}`,
    bytes: new Uint8Array(600),
  }))
  return {
    close: () => kms.close(),
    acts: {
      lone: () => loneUs(() => owner.generateDataKey({ KeyId, KeySpec: "AES_256" }), 300),
      many: () =>
        wallUs(() => owner.generateDataKey({ KeyId, KeySpec: "AES_256" }), 3000, inFlight),
      sign: () => wallUs(() => owner.sign(signed), 120, inFlight),
      seal: () => wallUs(async () => hsm.sealRecords(records), 10, 1),
    },
  }
}

type Act = keyof Awaited<ReturnType<typeof contestant>>["acts"]
const actNames: readonly Act[] = ["lone", "many", "sign", "seal"]

const times = (name: string, is: number, goal: number): Goal => ({
  name,
  is,
  goal,
  unit: " ×",
  atLeast: true,
})

/** What it costs that the HSM is a thread, a process, or two of them. */
export async function measureBoundaries(): Promise<Figures> {
  const contestants = {
    "in-process": await contestant(software()),
    thread: await contestant(await isolated("thread")),
    process: await contestant(await isolated("process")),
    "two processes": await contestant(
      hsmFleet([await isolated("process"), await isolated("process")]),
    ),
    "bare thread": await contestant(behindBareLinks(software(), [await bareThread()])),
    "bare process": await contestant(behindBareLinks(software(), [await bareProcess()])),
    "two bare processes": await contestant(
      behindBareLinks(software(), [await bareProcess(), await bareProcess()]),
    ),
  }
  type Name = keyof typeof contestants
  const names = Object.keys(contestants) as Name[]
  const taken = new Map<string, number[]>()
  for (let round = -2; round < rounds; round += 1) {
    for (const act of actNames) {
      for (const name of names) {
        const us = await contestants[name].acts[act]()
        if (round >= 0) taken.set(`${name} ${act}`, [...(taken.get(`${name} ${act}`) ?? []), us])
      }
    }
  }
  for (const { close } of Object.values(contestants)) await close()

  const all = (name: Name, act: Act): readonly number[] => taken.get(`${name} ${act}`) ?? []
  const us = (name: Name, act: Act): number => median(all(name, act))
  /** How much is done in the same time: the median of what each round had by itself. */
  const share = (name: Name, base: Name, act: Act): number =>
    median(all(name, act).map((one, i) => (all(base, act)[i] as number) / one))
  const added = (name: Name): number => us(name, "lone") - us("in-process", "lone")
  return {
    title: "Boundaries of an HSM",
    about:
      "The engine on the memory storage and the suite on OpenSSL, by the clock on the wall, " +
      `medians of ${rounds} rounds in turn: GenerateDataKey alone (the median call) and ` +
      `${inFlight} in flight, RSA-2048 signatures, and 100 records sealed at once. Behind a bare ` +
      "link the same work is done for bytes that say nothing, and records are sealed here.",
    head: ["HSM", "alone", `${inFlight} in flight, each`, "RSA-2048, each", "100 records"],
    rows: names.map((name) => [name, ...actNames.map((act) => `${us(name, act).toFixed(1)} µs`)]),
    goals: [
      times(
        "thread, calls in flight, of those in-process",
        share("thread", "in-process", "many"),
        0.7,
      ),
      times(
        "process, calls in flight, of those in-process",
        share("process", "in-process", "many"),
        0.5,
      ),
      { name: "added to a lone call by a thread", is: added("thread"), goal: 40, unit: " µs" },
      { name: "added to a lone call by a process", is: added("process"), goal: 80, unit: " µs" },
      times(
        "signatures of two processes, of those of one",
        share("two processes", "process", "sign"),
        1.6,
      ),
      {
        name: "100 records sealed through a process, and in-process",
        is: 1 / share("process", "in-process", "seal"),
        goal: 3,
        unit: " ×",
      },
    ],
  }
}
