import type { Expectation, Storage } from "@keywright/storage"
import { domainRecordFormat } from "../../formats/stored/key-records.js"
import { type Hsm, isHsmError } from "../../ports/hsm.js"
import { equalBytes } from "../../vocabulary/bytes.js"
import type { Eventually } from "../../vocabulary/eventually.js"
import { limits } from "../../vocabulary/limits.js"

/** An HSM of a host, in a domain that all hosts of the region share. */
export interface Domain<Member extends Hsm = Hsm> {
  /** Works with the HSM; when it lacks a domain key, once more if there is a newer domain state. */
  use<Result>(work: (hsm: Member) => Eventually<Result>): Eventually<Result>
  /** The same domain, whose HSM is reached through another value. */
  through(member: Member): Domain<Member>
  /**
   * What a change expects that was decided under the state which this host has open: so nothing is
   * written under a domain key that other hosts may have dropped. The same object as long as that
   * state is open.
   */
  fence(): Expectation
  /** Opens the newest state, if it is another one. */
  refresh(): Promise<void>
  /** Writes what is made of the newest state, and opens it; others do when they meet it. */
  change(make: (hsm: Member, sealedState: Uint8Array) => Eventually<Uint8Array>): Promise<void>
  /** Makes a new domain key current. */
  rotateDomainKey(): Promise<void>
  /**
   * Seals the domain under the seal of this HSM. `"retired"`: what opened it before does so no
   * more, and a new domain key is current, because the others were within its reach.
   */
  reseal(former: "kept" | "retired"): Promise<void>
  /** Drops domain keys. False when the domain has changed meanwhile: then nothing is dropped. */
  retireKeys(ids: readonly string[]): Promise<boolean>
  close(): Promise<void>
}

/** Which domain, and where the storage keeps it. */
export interface DomainAddress {
  readonly name: string
  /** The storage key of the sealed domain state. */
  readonly key: string
  /** Where only what is of this domain stands. */
  readonly recordsPrefix: string
  /** Whether a domain is made where there is none. Default: it is. */
  readonly create?: "if-missing" | "never" | undefined
}

/** The storage holds the domain of another region. Nothing was changed. */
const otherDomain = (found: string, name: string): Error =>
  new Error(`the storage belongs to the domain \`${found}\`, not to \`${name}\``)

/**
 * Opens a domain, or makes it where there is none: hosts that start together agree on one. Throws
 * `HsmError` with code `sealed-by-another` when the seal does not open it.
 */
export async function openDomain<Member extends Hsm>(
  storage: Storage,
  hsm: Member,
  at: DomainAddress,
): Promise<Domain<Member>> {
  const { name, key } = at
  const format = domainRecordFormat(key)

  const read = async () => {
    const [entry] = await storage.get([key])
    if (entry === undefined) return undefined
    const record = format.decode(entry.value, key)
    if (record.name !== name) throw otherDomain(record.name, name)
    return { sealedState: record.sealedState, revision: entry.revision }
  }

  const write = (sealedState: Uint8Array, revision: number | undefined): Promise<boolean> =>
    storage.commit({
      expect: [{ key, revision }],
      put: [{ key, value: format.encode({ name, sealedState }) }],
      remove: [],
    })

  /** A running host never makes a domain: its HSM may hold the only copy of the keys. */
  const readExisting = async () => {
    const stored = await read()
    if (stored === undefined) throw new Error("the storage has lost its domain")
    return stored
  }

  /** The state that the HSM is open in, once it is, and as what it was read. */
  let opened: Uint8Array | undefined
  let fence: Expectation = { key, revision: undefined }

  /** Opens the newest state, if it is another one: opening costs, and closes what was open. */
  const join = async (): Promise<void> => {
    const stored = await readExisting()
    if (opened === undefined || !equalBytes(opened, stored.sealedState)) {
      await hsm.openDomain(name, stored.sealedState)
      opened = stored.sealedState
    }
    if (fence.revision !== stored.revision) fence = { key, revision: stored.revision }
  }

  /** Makes the domain of an empty storage, unless another host was quicker. */
  const create = async (): Promise<void> => {
    const { entries } = await storage.list({ prefix: at.recordsPrefix, limit: 1 })
    if (entries.length > 0) {
      // Another host may have made it just now.
      if ((await read()) !== undefined) return
      throw new Error("the storage holds records and has lost their domain: restore a backup")
    }
    if (at.create === "never") {
      throw new Error('the storage holds no domain, and `create` is "never": is it the right one?')
    }
    const sealedState = await hsm.createDomain(name)
    if (await write(sealedState, undefined)) opened = sealedState
  }

  if ((await read()) === undefined) await create()
  await join()

  const change: Domain<Member>["change"] = async (make) => {
    for (let attempts = 0; attempts < limits.laneAttemptsMax; attempts += 1) {
      const stored = await readExisting()
      const sealedState = await make(hsm, stored.sealedState)
      const isSame = equalBytes(sealedState, stored.sealedState)
      if (isSame || (await write(sealedState, stored.revision))) return await join()
    }
    throw new Error("the storage takes no change of the domain")
  }

  async function again<Result>(
    work: (hsm: Member) => Eventually<Result>,
    member: Member,
    tried: Uint8Array | undefined,
    error: unknown,
  ): Promise<Result> {
    if (!isHsmError(error) || error.code !== "unknown-domain-key") throw error
    await join()
    // No host has the key: callers can bring tokens that are not ours.
    if (opened === tried) throw error
    return work(member)
  }

  const useOf =
    (member: Member): Domain<Member>["use"] =>
    (work) => {
      const tried = opened
      try {
        const result = work(member)
        if (!(result instanceof Promise)) return result
        return result.catch((error: unknown) => again(work, member, tried, error))
      } catch (error) {
        return again(work, member, tried, error)
      }
    }

  const domain: Domain<Member> = {
    use: useOf(hsm),
    through: (member) => ({ ...domain, use: useOf(member) }),
    fence: () => fence,
    refresh: join,
    change,
    rotateDomainKey: () => change((_, state) => hsm.rotateDomainKey(name, state)),
    reseal: (former) =>
      change(async (_, state) => {
        const resealed = await hsm.resealDomain(name, state, former)
        return former === "retired" ? hsm.rotateDomainKey(name, resealed) : resealed
      }),
    retireKeys: async (ids) => {
      const stored = await readExisting()
      const isKnown = stored.revision === fence.revision
      const isWritten =
        isKnown &&
        (await write(await hsm.retireDomainKeys(name, stored.sealedState, ids), stored.revision))
      await join()
      return isWritten
    },
    close: async () => {
      await hsm.close()
    },
  }
  return domain
}
