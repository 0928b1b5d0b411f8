import type { Hsm } from "@keywright/core"
import { equalBytes } from "./bytes.js"
import { check, checkRefused, flippedBits, type HsmCase } from "./hsm-case.js"
import { aad, binding, name, operational, plaintext } from "./hsm-setup.js"

/** Domains and their keys, from the making to the end. */

const checkLocked = (hsm: Hsm): Promise<void> =>
  checkRefused(["unavailable"], () => hsm.generateRandom(16))

const lifecycleCases: readonly HsmCase[] = [
  {
    name: "a fresh HSM is locked and does nothing but open a domain",
    async run({ make }) {
      const hsm = await make()
      await checkRefused(["unavailable"], () => hsm.generateKey(binding))
      await checkLocked(hsm)
      await checkRefused(["unavailable"], () => hsm.isCurrent(new Uint8Array(69)))
    },
  },
  {
    name: "an HSM that made a domain is operational in it",
    async run(source) {
      const { hsm } = await operational(source)
      check((await hsm.generateRandom(16)).length === 16, "is operational")
      check(hsm.keySpecs.includes("SYMMETRIC_DEFAULT"), "knows symmetric keys")
    },
  },
  {
    name: "a second HSM that opens the same state opens the same tokens",
    async run(source) {
      const { hsm, sealed } = await operational(source)
      const token = await hsm.generateKey(binding)
      const ciphertext = await hsm.encrypt({ token, binding, plaintext, aad })
      const second = await source.make()
      await second.openDomain(name, sealed)
      const opened = await second.decrypt({ token, binding, ciphertext, aad })
      check(opened !== undefined && equalBytes(opened, plaintext), "opens the same tokens")
    },
  },
  {
    name: "another seal does not open a domain state, and nothing changes",
    async run(source) {
      const { sealed } = await operational(source)
      const stranger = await source.makeStranger()
      await checkRefused(["sealed-by-another"], () => stranger.openDomain(name, sealed))
      await checkLocked(stranger)
      await stranger.createDomain(name)
      const token = await stranger.generateKey(binding)
      await checkRefused(["sealed-by-another"], () => stranger.openDomain(name, sealed))
      await checkRefused(["sealed-by-another"], () => stranger.rotateDomainKey(name, sealed))
      check(await stranger.isCurrent(token), "keeps its domain")
    },
  },
  {
    name: "a domain state with a flipped bit, cut or lengthened is refused",
    async run(source) {
      const { sealed } = await operational(source)
      const hsm = await source.make()
      const wrong = [
        ...flippedBits(sealed, 100),
        new Uint8Array(0),
        sealed.slice(0, -1),
        Uint8Array.of(...sealed, 0),
      ]
      for (const state of wrong) {
        await checkRefused(["sealed-by-another", "malformed"], () => hsm.openDomain(name, state))
      }
      await checkLocked(hsm)
    },
  },
  {
    name: "a domain state opens only under its own name",
    async run(source) {
      const { sealed } = await operational(source)
      const hsm = await source.make()
      await checkRefused(["sealed-by-another", "malformed"], () =>
        hsm.openDomain("aws/eu-central-2", sealed),
      )
    },
  },
  {
    name: "two domains of one name do not open each other's tokens",
    async run(source) {
      const first = await operational(source)
      const second = await operational(source)
      const token = await first.hsm.generateKey(binding)
      await checkRefused(["unknown-domain-key"], () => second.hsm.rewrap({ token, binding }))
      await second.hsm.openDomain(name, first.sealed)
      await second.hsm.rewrap({ token, binding })
      check(await second.hsm.isCurrent(token), "works in the domain that it opened last")
    },
  },
  {
    name: "an HSM that was closed is zeroized and stays so",
    async run(source) {
      const { hsm, sealed } = await operational(source)
      const token = await hsm.generateKey(binding)
      const ciphertext = await hsm.encrypt({ token, binding, plaintext, aad })
      await hsm.close()
      await checkRefused(["unavailable"], () => hsm.decrypt({ token, binding, ciphertext, aad }))
      await checkRefused(["unavailable"], () => hsm.openDomain(name, sealed))
      await checkRefused(["unavailable"], () => hsm.createDomain(name))
      await checkRefused(["unavailable"], () => hsm.generateRandom(16))
      await hsm.close()
    },
  },
]

const rotationCases: readonly HsmCase[] = [
  {
    name: "a rotated domain key is used only when its state was opened",
    async run(source) {
      const { hsm, sealed } = await operational(source)
      const rotated = await hsm.rotateDomainKey(name, sealed)
      const token = await hsm.generateKey(binding)
      check(await hsm.isCurrent(token), "goes on with the old domain key")
      const second = await source.make()
      await second.openDomain(name, sealed)
      await second.rewrap({ token, binding })
      await hsm.openDomain(name, rotated)
      check(!(await hsm.isCurrent(token)), "has the new domain key")
    },
  },
  {
    name: "old tokens open after a rotation and move to the current domain key",
    async run(source) {
      const { hsm, sealed } = await operational(source)
      const token = await hsm.generateKey(binding)
      const ciphertext = await hsm.encrypt({ token, binding, plaintext, aad })
      await hsm.openDomain(name, await hsm.rotateDomainKey(name, sealed))
      const opened = await hsm.decrypt({ token, binding, ciphertext, aad })
      check(opened !== undefined && equalBytes(opened, plaintext), "opens old tokens")
      const moved = await hsm.rewrap({ token, binding })
      check(await hsm.isCurrent(moved), "moves tokens")
      const reopened = await hsm.decrypt({ token: moved, binding, ciphertext, aad })
      check(reopened !== undefined && equalBytes(reopened, plaintext), "moves the same material")
    },
  },
  {
    name: "an HSM without the newer domain key says so and learns it",
    async run(source) {
      const { hsm, sealed } = await operational(source)
      const second = await source.make()
      await second.openDomain(name, sealed)
      const rotated = await hsm.rotateDomainKey(name, sealed)
      await hsm.openDomain(name, rotated)
      const token = await hsm.generateKey(binding)
      await checkRefused(["unknown-domain-key"], () =>
        second.encrypt({ token, binding, plaintext, aad }),
      )
      await second.openDomain(name, rotated)
      await second.encrypt({ token, binding, plaintext, aad })
    },
  },
]

const endCases: readonly HsmCase[] = [
  {
    name: "an HSM names the keys of its domain, oldest first",
    async run(source) {
      const { hsm, sealed } = await operational(source)
      const { currentId, formerIds } = await hsm.domainKeys()
      check(formerIds.length === 0, "has one key at first")
      const once = await hsm.rotateDomainKey(name, sealed)
      check((await hsm.domainKeys()).currentId === currentId, "names the keys that it has open")
      await hsm.openDomain(name, once)
      const second = await hsm.domainKeys()
      await hsm.openDomain(name, await hsm.rotateDomainKey(name, once))
      const third = await hsm.domainKeys()
      check(third.formerIds.join() === `${currentId},${second.currentId}`, "names former keys")
      check(![currentId, second.currentId].includes(third.currentId), "has a new current key")
    },
  },
  {
    name: "a domain key that was retired opens nothing any more, and the others do",
    async run(source) {
      const { hsm, sealed } = await operational(source)
      const token = await hsm.generateKey(binding)
      const ciphertext = await hsm.encrypt({ token, binding, plaintext, aad })
      const { currentId } = await hsm.domainKeys()
      const rotated = await hsm.rotateDomainKey(name, sealed)
      await hsm.openDomain(name, rotated)
      const moved = await hsm.rewrap({ token, binding })
      const state = await hsm.retireDomainKeys(name, rotated, [currentId])
      await hsm.rewrap({ token, binding })
      await hsm.openDomain(name, state)
      await checkRefused(["unknown-domain-key"], () => hsm.rewrap({ token, binding }))
      const opened = await hsm.decrypt({ token: moved, binding, ciphertext, aad })
      check(opened !== undefined && equalBytes(opened, plaintext), "keeps what was moved")
      const { formerIds, ...keys } = await hsm.domainKeys()
      check(formerIds.length === 0, "forgets the key")
      await checkRefused(["unsupported"], () => hsm.retireDomainKeys(name, state, [keys.currentId]))
    },
  },
  {
    name: "a state that is sealed anew opens as before, whatever becomes of former seals",
    async run(source) {
      const { hsm, sealed } = await operational(source)
      const token = await hsm.generateKey(binding)
      const kept = await hsm.resealDomain(name, sealed, "kept")
      check(equalBytes(kept, sealed), "is the same where the seal opens it already")
      const alone = await hsm.resealDomain(name, sealed, "retired")
      check(!equalBytes(alone, sealed), "is sealed under a new key")
      const second = await source.make()
      await second.openDomain(name, alone)
      await second.rewrap({ token, binding })
      const stranger = await source.makeStranger()
      await checkRefused(["sealed-by-another"], () => stranger.openDomain(name, alone))
      await checkRefused(["sealed-by-another"], () => stranger.resealDomain(name, alone, "kept"))
    },
  },
]

/** How an HSM opens, rotates and ends. */
export const domainCases: readonly HsmCase[] = [...lifecycleCases, ...rotationCases, ...endCases]
