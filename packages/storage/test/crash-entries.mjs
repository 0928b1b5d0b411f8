// What the crash test writes: in each lane, commit `number` sets the counter of the lane and writes
// three parts whose bytes follow from lane and number, and removes the parts of an older commit.

export const lanesCount = 6
export const keptMax = 40

export const laneKey = (lane) => `lane/${lane}`

export const partKeys = (lane, number) =>
  [0, 1, 2].map((part) => `part/${lane}/${String(number).padStart(9, "0")}/${part}`)

export function entriesOf(lane, number) {
  const parts = partKeys(lane, number).map((key, part) => {
    const length = 1 + ((number * 7919 + lane * 31 + part * 997) % 6000)
    return {
      key,
      value: new Uint8Array(length).fill((number + lane + part) % 256),
    }
  })
  return [{ key: laneKey(lane), value: new TextEncoder().encode(String(number)) }, ...parts]
}
