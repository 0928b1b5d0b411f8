import type { KeyRecord } from "../formats/stored/key-records.js"
import type { HostEvent, KeyEvent, KmsEvent } from "../ports/events.js"
import { keyArn, type Place } from "../vocabulary/arns.js"
import { findCurrentMaterial, isPresent } from "./key-materials.js"

/** What an event says, without the envelope. */
type News = KeyEvent extends infer One
  ? One extends KeyEvent
    ? Pick<One, "detail-type" | "detail">
    : never
  : never

function rotationNews(before: KeyRecord, after: KeyRecord): readonly News[] {
  const [previous, current] = [findCurrentMaterial(before), findCurrentMaterial(after)]
  const rotationType = current?.rotationType
  if (previous === undefined || rotationType === undefined || previous.id === current?.id) return []
  return [
    {
      "detail-type": "KMS CMK Rotation",
      detail: {
        "key-id": after.keyId,
        "key-origin": after.origin,
        "rotation-type": rotationType,
        "previous-key-material-id": previous.id,
        "current-key-material-id": current?.id ?? "",
      },
    },
  ]
}

/** Materials whose time had come, and which are no longer there as they were. */
function expirationNews(before: KeyRecord, after: KeyRecord, nowMs: number): readonly News[] {
  const expired = before.materials.filter(({ id, token, expiresMs }) => {
    if (token === undefined || expiresMs === undefined || expiresMs > nowMs) return false
    const now = after.materials.find((material) => material.id === id)
    return !isPresent(now) || now.expiresMs !== expiresMs
  })
  return expired.map(({ id }) => ({
    "detail-type": "KMS Imported Key Material Expiration",
    detail: { "key-id": after.keyId, "key-material-id": id },
  }))
}

/**
 * What is to be told when a key record was replaced. `before` is what was stored, as time had not
 * touched it.
 */
export function newsOf(
  before: KeyRecord | undefined,
  after: KeyRecord | undefined,
  nowMs: number,
): readonly News[] {
  if (before === undefined) return []
  if (after === undefined) {
    return [{ "detail-type": "KMS CMK Deletion", detail: { "key-id": before.keyId } }]
  }
  return [...expirationNews(before, after, nowMs), ...rotationNews(before, after)]
}

interface At {
  readonly id: string
  readonly nowMs: number
  readonly place: Place
  readonly account: string
}

const envelope = ({ id, nowMs, place, account }: At) => ({
  version: "0" as const,
  id,
  account,
  time: `${new Date(nowMs).toISOString().slice(0, -".000Z".length)}Z`,
  region: place.region,
})

/** News of a key in its envelope. */
export const eventOf = (news: News, at: At): KmsEvent => ({
  ...envelope(at),
  source: "aws.kms",
  resources: [keyArn(at.place, at.account, news.detail["key-id"])],
  ...news,
})

type NewsOf<Event extends HostEvent> = Event extends HostEvent
  ? Pick<Event, "detail-type" | "detail">
  : never

/** What a host says of itself. */
export type HostNews = NewsOf<HostEvent>

export const hostEvent = (news: HostNews, at: At): KmsEvent => ({
  ...envelope(at),
  source: "keywright",
  resources: [],
  ...news,
})
