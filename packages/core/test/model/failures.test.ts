import { describe, expect, it } from "vitest"
import { auditEvent } from "../../src/model/audit-event.js"
import { readCaller } from "../../src/model/caller.js"
import {
  awaitedReplicas,
  awaitsReplicas,
  earliestDeletionMs,
  hasReplicas,
  overduePrimary,
  quietUntil,
} from "../../src/model/elsewhere.js"
import { eventOf, hostEvent, newsOf } from "../../src/model/events.js"
import { asKmsError } from "../../src/model/failures.js"
import { filled, fullBucket } from "../../src/model/request-rates.js"
import { newUuid, newUuidDigits } from "../../src/model/uuids.js"
import { HsmError } from "../../src/ports/hsm.js"
import { KmsError } from "../../src/vocabulary/errors.js"
import {
  account,
  alice,
  app,
  keyArnOf,
  otherAccount,
  rootOf,
  unknownKeyId,
} from "../support/accounts.js"
import { dayMs } from "../support/clock.js"
import { keyRecord, materialOf, primaryOf, replicaOf } from "../support/key-records.js"

describe("what was thrown", () => {
  it.each([
    ["unavailable", "KeyUnavailableException"],
    ["unknown-domain-key", "KeyUnavailableException"],
    ["token-refused", "KMSInternalException"],
    ["sealed-by-another", "KMSInternalException"],
    ["malformed", "KMSInternalException"],
    ["wrong-length", "KMSInternalException"],
    ["unsupported", "UnsupportedOperationException"],
    ["constructor", "KMSInternalException"],
  ])("by an HSM as %s is seen as %s, with its cause", (code, name) => {
    const thrown = new HsmError(code as never, "why")
    const seen = asKmsError(thrown)
    expect(seen.name).toBe(name)
    expect(seen.cause).toBe(thrown)
    expect(seen.message).not.toContain("why")
    const isToken = code === "token-refused" || code === "unknown-domain-key"
    const named = asKmsError(thrown, "InvalidCiphertextException")
    expect(named.name).toBe(isToken ? "InvalidCiphertextException" : name)
    if (isToken) expect(named).toMatchObject({ message: "", cause: thrown })
  })

  it("as a refusal stays as it is, and all else is a failure", () => {
    const refusal = new KmsError("DisabledException", "no")
    expect(asKmsError(refusal)).toBe(refusal)
    expect(asKmsError(refusal, "InvalidCiphertextException")).toBe(refusal)
    for (const thrown of [new Error("x"), "x", undefined, null, { code: "unavailable" }]) {
      expect(asKmsError(thrown, "InvalidCiphertextException").name).toBe("KMSInternalException")
    }
  })

  it("because a store was busy is to be tried again", () => {
    const busy = Object.assign(new Error("x"), { name: "StorageError", code: "busy" })
    expect(asKmsError(new Error("x", { cause: busy })).name).toBe("ThrottlingException")
    expect(asKmsError(busy).name).toBe("KMSInternalException")
    const other = Object.assign(new Error("x"), { name: "StorageError", code: "closed" })
    expect(asKmsError(new Error("x", { cause: other })).name).toBe("KMSInternalException")
    const alike = Object.assign(new Error("x"), { code: "busy" })
    expect(asKmsError(new Error("x", { cause: alike })).name).toBe("KMSInternalException")
  })
})

describe("a request rate", () => {
  it("begins full, and is filled by time, never beyond", () => {
    expect(fullBucket(5, 100)).toEqual({ requests: 5, filledMs: 100 })
    const empty = { requests: 0, filledMs: 1000 }
    expect(filled(empty, 10, 1500, 100)).toEqual({ requests: 5, filledMs: 1500 })
    expect(filled(empty, 10, 9000, 100)).toEqual({ requests: 10, filledMs: 9000 })
    expect(filled({ ...empty, requests: 3 }, 10, 1100, 100).requests).toBe(4)
  })

  it("loses nothing by a clock that goes backward, and gains nothing by one that was ahead", () => {
    const bucket = { requests: 3, filledMs: 1000 }
    expect(filled(bucket, 10, 900, 100)).toEqual(bucket)
    expect(filled(bucket, 10, 899, 100)).toEqual({ requests: 3, filledMs: 899 })
  })
})

describe("an id", () => {
  it("is a UUID of version 4, of all the entropy that it is given", () => {
    const ones = (bytes: Uint8Array) => bytes.fill(0xff)
    const zeros = (bytes: Uint8Array) => bytes.fill(0)
    expect(newUuid(ones)).toBe("ffffffff-ffff-4fff-bfff-ffffffffffff")
    expect(newUuid(zeros)).toBe("00000000-0000-4000-8000-000000000000")
    expect(newUuidDigits(ones)).toBe("ffffffffffff4fffbfffffffffffffff")
  })
})

describe("what time has done in another region", () => {
  const replicas = [{ region: "eu-west-1", since: 3 }]
  const rotation = { periodDays: 90, nextMs: 1000 }

  it("is asked for by a primary with replicas, and by one that waits for them", () => {
    const state = "PendingReplicaDeletion"
    expect(awaitsReplicas(primaryOf({ replicas }, { state }))).toBe(true)
    expect(awaitsReplicas(primaryOf({ replicas }))).toBe(false)
    expect(awaitsReplicas(keyRecord({ state }))).toBe(false)
    expect(hasReplicas(primaryOf({ replicas }))).toBe(true)
    expect(hasReplicas(primaryOf())).toBe(false)
    expect(hasReplicas(replicaOf({ replicas }))).toBe(false)
    expect(awaitedReplicas(primaryOf({ replicas }))).toEqual([{ region: "eu-west-1", known: 3 }])
  })

  it("is asked for by a replica whose primary has had to rotate", () => {
    const replica = replicaOf({}, { rotation })
    expect(overduePrimary(replica, 999)).toBeUndefined()
    expect(overduePrimary(replica, 1000)).toEqual({ region: "us-east-1", known: 5 })
    expect(overduePrimary(replicaOf(), 1000)).toBeUndefined()
    expect(overduePrimary(primaryOf({}, { rotation }), 1000)).toBeUndefined()
    expect(overduePrimary(keyRecord({ rotation }), 1000)).toBeUndefined()
  })

  it("cannot be a deletion before the shortest waiting period is over", () => {
    expect(earliestDeletionMs(keyRecord(), 5)).toBe(5 + 7 * dayMs)
    expect(earliestDeletionMs(keyRecord({ deletionMs: 9 }), 5)).toBe(9)
    expect(earliestDeletionMs(keyRecord({ deletionMs: 8 * dayMs }), 5)).toBe(5 + 7 * dayMs)
    expect(quietUntil(undefined, 5)).toBe(5 + 10_000)
    expect(quietUntil(5, 5)).toBe(5 + 10_000)
    expect(quietUntil(6, 5)).toBe(6)
    expect(quietUntil(8 * dayMs, 5)).toBe(5 + 7 * dayMs)
  })
})

describe("the news of a key", () => {
  const key = keyRecord({ origin: "EXTERNAL", materials: [materialOf("one", { expiresMs: 10 })] })
  const two = materialOf("two", { rotationType: "ON_DEMAND" })
  const old = { ...materialOf("one"), state: "NON_CURRENT" } as const
  const types = (before: typeof key | undefined, after: typeof key | undefined, nowMs = 10) =>
    newsOf(before, after, nowMs).map((news) => news["detail-type"])

  it("are that it was deleted, or rotated", () => {
    expect(newsOf(undefined, key, 0)).toEqual([])
    expect(newsOf(key, undefined, 0)).toEqual([
      { "detail-type": "KMS CMK Deletion", detail: { "key-id": unknownKeyId } },
    ])
    expect(newsOf(keyRecord(), keyRecord({ materials: [old, two] }), 0)).toEqual([
      {
        "detail-type": "KMS CMK Rotation",
        detail: {
          "key-id": unknownKeyId,
          "key-origin": "AWS_KMS",
          "rotation-type": "ON_DEMAND",
          "previous-key-material-id": "one",
          "current-key-material-id": "two",
        },
      },
    ])
    expect(types(keyRecord(), keyRecord())).toEqual([])
    expect(types(keyRecord({ materials: [] }), keyRecord({ materials: [two] }))).toEqual([])
    expect(types(keyRecord(), keyRecord({ materials: [old, materialOf("two")] }))).toEqual([])
    expect(types(keyRecord({ materials: [two] }), keyRecord({ materials: [two] }))).toEqual([])
  })

  it("are that material has expired, once it is no longer there as it was", () => {
    const lost = { ...key, materials: [{ ...materialOf("one"), token: undefined }] }
    expect(newsOf(key, lost, 10)).toEqual([
      {
        "detail-type": "KMS Imported Key Material Expiration",
        detail: { "key-id": unknownKeyId, "key-material-id": "one" },
      },
    ])
    const expiration = ["KMS Imported Key Material Expiration"]
    expect(types(key, lost, 9)).toEqual([])
    expect(types(key, lost, 11)).toEqual(expiration)
    expect(types(key, { ...key, materials: [] })).toEqual(expiration)
    expect(types(key, { ...key, materials: [materialOf("one", { expiresMs: 99 })] })).toEqual(
      expiration,
    )
    expect(types(key, key)).toEqual([])
    expect(types(lost, { ...key, materials: [] })).toEqual([])
    expect(types(keyRecord(), keyRecord({ materials: [] }))).toEqual([])
  })

  it("come in the envelope of EventBridge", () => {
    const at = {
      id: "id",
      nowMs: 1_767_225_600_999,
      place: { partition: "aws", region: "us-east-1" },
      account,
    }
    const news = { "detail-type": "KMS CMK Deletion", detail: { "key-id": unknownKeyId } } as const
    const envelope = {
      version: "0",
      id: "id",
      account,
      time: "2026-01-01T00:00:00Z",
      region: "us-east-1",
    }
    expect(eventOf(news, at)).toEqual({
      ...envelope,
      ...news,
      source: "aws.kms",
      resources: [keyArnOf(unknownKeyId)],
    })
    const own = { "detail-type": "Keywright Write Late", detail: {} } as never as Parameters<
      typeof hostEvent
    >[0]
    expect(hostEvent(own, at)).toEqual({
      ...envelope,
      "detail-type": "Keywright Write Late",
      detail: {},
      source: "keywright",
      resources: [],
    })
  })
})

describe("an audit event", () => {
  const happened = {
    eventId: "event",
    timeMs: 5,
    region: "us-east-1",
    readOnly: true,
    keyMaterialIds: ["m"],
    decisions: [],
    shown: { KeyId: "a", EncryptionContext: { b: "c" } },
    resources: [keyArnOf("k", otherAccount), "odd"],
  }
  const headOf = (principal: string, context = {}) => ({
    requestId: "request",
    operation: "Decrypt",
    caller: readCaller({ principal, context }, account, "aws"),
  })

  it("tells who did what, and how it ended", () => {
    const error = new KmsError("DisabledException", "no")
    const context = { sourceIp: "203.0.113.7", sourceVpce: "vpce-1" }
    expect(auditEvent(headOf(alice, context), happened, error)).toEqual({
      eventId: "event",
      requestId: "request",
      eventTime: new Date(5),
      eventName: "Decrypt",
      region: "us-east-1",
      userIdentity: { type: "IAMUser", arn: alice, accountId: account },
      sourceIp: "203.0.113.7",
      vpcEndpointId: "vpce-1",
      readOnly: true,
      requestParameters: { keyId: "a", encryptionContext: { b: "c" } },
      resources: [
        { arn: keyArnOf("k", otherAccount), accountId: otherAccount },
        { arn: "odd", accountId: account },
      ],
      keyMaterialIds: ["m"],
      errorCode: "DisabledException",
      errorMessage: "no",
      decisions: [],
    })
    const fine = auditEvent(headOf(alice), happened, undefined)
    expect([fine.errorCode, fine.errorMessage, "tlsDetails" in fine]).toEqual([
      undefined,
      undefined,
      false,
    ])
  })

  it("has what TLS agreed on, as far as it is known", () => {
    const tls = { version: "TLSv1.3", cipher: "c" }
    const details = (more: object) =>
      auditEvent(headOf(alice, { tls: { ...tls, ...more } }), happened, undefined).tlsDetails
    expect(details({})).toEqual({ tlsVersion: "TLSv1.3", cipherSuite: "c" })
    expect(details({ group: "x25519" })).toEqual({
      tlsVersion: "TLSv1.3",
      cipherSuite: "c",
      keyExchange: "x25519",
    })
  })

  it.each([
    [alice, "IAMUser"],
    [app, "AssumedRole"],
    [`arn:aws:sts::${account}:federated-user/eve`, "FederatedUser"],
    [rootOf(account), "Root"],
    ["logs.amazonaws.com", "AWSService"],
  ])("of %s says what it is: %s", (principal, type) => {
    expect(auditEvent(headOf(principal), happened, undefined).userIdentity.type).toBe(type)
  })
})
