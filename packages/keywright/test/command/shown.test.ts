import { describe, expect, it, test } from "vitest"
import { createProgress } from "../../src/command/progress.js"
import { dateOf, type Found, show } from "../../src/command/show.js"

describe("what a command has found", () => {
  const value = { KeyId: "a", Bytes: Uint8Array.of(1, 2, 255), Of: [Uint8Array.of()] }
  const asJson = '{\n  "KeyId": "a",\n  "Bytes": "AQL/",\n  "Of": [\n    ""\n  ]\n}'

  it.each<[string, Found, boolean, string]>([
    ["is JSON for programs", { value, text: "t", table: [["c"]] }, true, asJson],
    ["is JSON also for people, where nothing else was said", { value }, false, asJson],
    ["is its text before its table", { value, text: "t", table: [["c"]] }, false, "t"],
    ["may be an empty text", { value, text: "" }, false, ""],
    ["is an empty table", { value, table: [] }, false, ""],
    [
      "is a table, each column as wide as its widest cell, and nothing behind the last",
      {
        value,
        table: [
          ["Id", "Name", "Of"],
          ["a", "orders", ""],
          ["abcd", "", "x"],
        ],
      },
      false,
      "Id    Name    Of\na     orders\nabcd          x",
    ],
    [
      "is a table also of rows that are shorter or longer than the first",
      { value, table: [["a", "bb"], ["ccc"], ["d", "e", "f"]] },
      false,
      "a    bb\nccc\nd    e   f",
    ],
    ["has rows of one line", { value, table: [["a\nb\nc"]] }, false, "a\ufffdb\ufffdc"],
    [
      "moves no cursor, but for the ends of lines",
      { value, text: "a\r\nb\tc\u001b[2J\u0000\u007f\u009b\u2028\u2029" },
      false,
      "a\ufffd\nb\ufffdc\ufffd[2J\ufffd\ufffd\ufffd\ufffd\ufffd",
    ],
    [
      "turns no text around",
      { value, text: "\u202a\u202e\u2066\u2069\u200e\u200f\u061c" },
      false,
      "\ufffd".repeat(7),
    ],
    ["is as harmless in a table", { value, table: [["a\u001b"]] }, false, "a\ufffd"],
    ["is as harmless in JSON for people", { value: "\u009b" }, false, '"\ufffd"'],
    [
      "is escaped in JSON for programs",
      { value: "\u007f\u009b\u2028\u202e é\n" },
      true,
      '"\\u007f\\u009b\\u2028\\u202e é\\n"',
    ],
  ])("%s", (_, found, isJson, shown) => {
    expect(show(found, isJson)).toBe(shown)
  })

  test("has times to the second, and none where there is none", () => {
    expect(dateOf(new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 678)))).toBe("2026-01-02T03:04:05")
    expect(dateOf(undefined)).toBe("")
  })
})

describe("a progress bar", () => {
  function barOn(isLive: boolean) {
    const told: string[] = []
    const terminal = {
      out: () => undefined,
      tell: (text: string) => void told.push(text),
      isInteractive: false,
      isLive,
      ask: async () => "",
      askSecret: async () => "",
    }
    return { told, bar: createProgress(terminal, "records") }
  }
  const line = (filled: number, rest: string) =>
    `\r${"records "}${"█".repeat(filled)}${"░".repeat(30 - filled)} ${rest}\u001b[K`

  it.each([
    ["is empty at first", 0, 8, line(0, "0 of 8")],
    ["fills as work is done", 2, 8, line(8, "2 of 8")],
    ["is full at the end", 8, 8, line(30, "8 of 8")],
    ["is full where there is nothing to do", 0, 0, line(30, "0 of 0")],
    ["is never more than full", 9, 8, line(30, "9 of 8")],
  ])("%s", (_, done, total, told) => {
    const shown = barOn(true)
    shown.bar.at(done, total)
    expect(shown.told).toEqual([told])
  })

  it("is written when it has changed, and wiped out at its end", () => {
    const { bar, told } = barOn(true)
    bar.at(1, 2)
    bar.at(1, 2)
    bar.at(2, 2)
    bar.end()
    expect(told).toEqual([line(15, "1 of 2"), line(30, "2 of 2"), "\r\u001b[K"])
  })

  it("leaves nothing where nothing was shown, or nothing can be written over", () => {
    const unused = barOn(true)
    unused.bar.end()
    const still = barOn(false)
    still.bar.at(1, 2)
    still.bar.end()
    expect([...unused.told, ...still.told]).toEqual([])
  })
})
