import { sameBinding } from "../../formats/binding.js"
import { bindingAad } from "../../formats/opaque/key-token.js"
import type { Binding, BoundToken } from "../../ports/bindings.js"
import type { Clock } from "../../ports/clock.js"
import type { Entropy } from "../../ports/entropy.js"
import type { Running, Timer } from "../../ports/timer.js"
import { equalBytes, wipe } from "../../vocabulary/bytes.js"
import type { Eventually } from "../../vocabulary/eventually.js"
import { andFinally, andThen, orCleanUp } from "../../vocabulary/eventually.js"
import { copyToStay } from "../../vocabulary/secret-bytes.js"
import { createSlots } from "../../vocabulary/slots.js"
import type { Opener } from "../suite/crypto-suite.js"
import type { DomainKeys } from "./domain.js"
import { numberOf, slotsCount } from "./token-slots.js"

/**
 * Keeps key material open between operations, which is faster and leaves it in memory longer.
 * What has been open for `ms` by the clock is used no more; it is wiped when the timer says so,
 * when the HSM next opens a key, or when it is closed, whichever comes first.
 */
export interface KeepOpen {
  readonly ms: number
  readonly keysMax: number
  readonly clock: Clock
  /** One runs for as long as a key is open: it need not keep the process alive. */
  readonly timer: Timer
}

/** Key material in the clear, for as long as it is used and no longer. */
export interface OpenKeys {
  /** Runs `act` with the raw key material, and wipes it. */
  withMaterial<T>(request: BoundToken, act: (material: Uint8Array) => Eventually<T>): Eventually<T>
  /** Runs `act` with the open key, and wipes its material unless it is to be kept. */
  use<Key, T>(
    request: BoundToken,
    open: Opener<Key>,
    act: (key: Key) => Eventually<T>,
  ): Eventually<T>
  /** Wipes everything that was kept open. */
  wipe(): void
}

interface BindingAad {
  readonly binding: Binding
  readonly headerBytes: Uint8Array
  readonly aad: Uint8Array
}

/** What is authenticated with tokens; of those that are used again and again, encoded once. */
function createBindingAads(): (request: BoundToken, headerBytes: Uint8Array) => Uint8Array {
  const known = createSlots<Uint8Array, BindingAad>(slotsCount)
  return ({ token, binding }, headerBytes) => {
    const number = numberOf(token)
    const one = known.find(token, number)
    if (one && sameBinding(one.binding, binding) && equalBytes(one.headerBytes, headerBytes)) {
      return one.aad
    }
    const aad = bindingAad(binding)(headerBytes)
    known.note(token, number, { binding: { ...binding }, headerBytes: headerBytes.slice(), aad })
    return aad
  }
}

/** Opens keys for one operation each. */
export function createOpenKeys(domain: () => DomainKeys, entropy: Entropy): OpenKeys {
  const aadOf = createBindingAads()
  const withMaterial: OpenKeys["withMaterial"] = (request, act) => {
    const material = domain().unwrap(request.token, (headerBytes) => aadOf(request, headerBytes))
    return andFinally(material, act, wipe)
  }
  return Object.freeze<OpenKeys>({
    withMaterial,
    use: (request, open, act) =>
      withMaterial(request, (material) => andThen(open(material, entropy), act)),
    wipe: () => undefined,
  })
}

/** Timers of JavaScript count in 31 bits. */
const timeoutMsMax = 2 ** 31 - 1

interface KeptKey {
  readonly request: BoundToken
  readonly material: Uint8Array
  readonly key: unknown
  readonly expiresMs: number
  users: number
  isDropped: boolean
}

function release(entry: KeptKey): void {
  entry.users -= 1
  if (entry.isDropped && entry.users === 0) wipe(entry.material)
}

/** The tag of a token, as a key of a map: what it finds is compared as a whole. */
const nameOf = (token: Uint8Array): string => String.fromCharCode(...token.subarray(-16))

/** Opens keys and keeps them, as long and as many as the host wants. */
export function createKeptKeys(
  domain: () => DomainKeys,
  entropy: Entropy,
  { ms, keysMax, clock, timer }: KeepOpen,
): OpenKeys {
  const { withMaterial } = createOpenKeys(domain, entropy)
  const kept = new Map<string, KeptKey>()
  let wipes = 0
  let running: Running | undefined

  function drop(name: string, entry: KeptKey): void {
    kept.delete(name)
    entry.isDropped = true
    if (entry.users === 0) entry.material.fill(0)
  }

  /** In the order in which they were opened, which is that in which they expire. */
  function dropOld(nowMs: number): void {
    for (const [name, entry] of kept) {
      if (nowMs < entry.expiresMs && kept.size < keysMax) return
      drop(name, entry)
    }
  }

  /** Runs until the next key is due, and then again, as long as a key is open. */
  function wipeWhenDue(): void {
    const [next] = kept.values()
    if (running !== undefined || next === undefined) return
    const started = timer(Math.min(Math.max(1, next.expiresMs - clock()), timeoutMsMax))
    running = started
    started.over.then(() => {
      if (running !== started) return
      running = undefined
      const nowMs = clock()
      for (const [name, entry] of kept) if (nowMs >= entry.expiresMs) drop(name, entry)
      wipeWhenDue()
    })
  }

  function find({ token, binding }: BoundToken, nowMs: number): KeptKey | undefined {
    const entry = kept.get(nameOf(token))
    if (entry === undefined || nowMs >= entry.expiresMs) return undefined
    const isSame =
      equalBytes(entry.request.token, token) && sameBinding(entry.request.binding, binding)
    return isSame ? entry : undefined
  }

  function run<Key, T>(entry: KeptKey, act: (key: Key) => Eventually<T>): Eventually<T> {
    entry.users += 1
    return andFinally(entry, ({ key }) => act(key as Key), release)
  }

  function keep(entry: KeptKey): void {
    const name = nameOf(entry.request.token)
    const replaced = kept.get(name)
    if (replaced !== undefined) drop(name, replaced)
    // Others may have been opened while this one was.
    dropOld(clock())
    kept.set(name, entry)
    wipeWhenDue()
  }

  return Object.freeze<OpenKeys>({
    withMaterial,
    use(request, open, act) {
      domain()
      const nowMs = clock()
      const found = find(request, nowMs)
      if (found !== undefined) return run(found, act)
      dropOld(nowMs)
      const wipesBefore = wipes
      return withMaterial(request, (opened) => {
        const material = copyToStay(opened)
        const opening = orCleanUp(material, () => open(material, entropy), wipe)
        return andThen(opening, (key) => {
          const entry: KeptKey = {
            request: { token: request.token.slice(), binding: { ...request.binding } },
            material,
            key,
            expiresMs: nowMs + ms,
            users: 0,
            // Who began before everything was wiped may end, and leaves nothing behind.
            isDropped: wipes !== wipesBefore,
          }
          if (!entry.isDropped) keep(entry)
          return run(entry, act)
        })
      })
    },
    wipe() {
      wipes += 1
      running?.stop()
      running = undefined
      for (const [name, entry] of kept) drop(name, entry)
    },
  })
}
