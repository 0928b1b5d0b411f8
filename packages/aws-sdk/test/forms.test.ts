import { describe, expect, it } from "vitest"
import { readForm, readTargetForm } from "../src/form.js"

describe("a form", () => {
  it.each<[string, string, unknown]>([
    ["nothing", "", {}],
    ["nothing between its parts", "&&A=1&&B=2&", { A: "1", B: "2" }],
    ["texts", "A=x+y%2B=&B=&C", { A: "x y+=", B: "", C: "" }],
    ["names that are encoded", "%41=1", { A: "1" }],
    ["structures", "A.B=1&A.C.D=2&E=3", { A: { B: "1", C: { D: "2" } }, E: "3" }],
    ["lists", "A.member.2=b&A.member.1=a", { A: ["a", "b"] }],
    ["lists of structures", "A.member.1.B=1&A.member.2.B=2", { A: [{ B: "1" }, { B: "2" }] }],
    ["lists of lists", "A.member.1.member.1=a", { A: [["a"]] }],
    ["maps", "A.entry.1.key=k&A.entry.1.value=v", { A: { k: "v" } }],
    [
      "maps of several pairs, in any order",
      "A.entry.2.value=w&A.entry.1.key=k&A.entry.1.value=v&A.entry.2.key=l",
      { A: { k: "v", l: "w" } },
    ],
    ["maps of structures", "A.entry.1.key=k&A.entry.1.value.B=1", { A: { k: { B: "1" } } }],
    ["a member beside others", "A.member.1=a&A.B=1", { A: { member: { 1: "a" }, B: "1" } }],
    ["an entry beside others", "A.entry=a&A.B=1", { A: { entry: "a", B: "1" } }],
    ["names six deep", "a.b.c.d.e.f=1", { a: { b: { c: { d: { e: { f: "1" } } } } } }],
  ])("says %s", (_, text, form) => {
    expect(readForm(text)).toEqual(form)
    expect(readTargetForm(`/?${text.replaceAll("+", "%20")}`)).toEqual(form)
  })

  it.each([
    ["something twice", "A=1&A=1"],
    ["a text that is a structure", "A=1&A.B=2"],
    ["a structure that is a text", "A.B=2&A=1"],
    ["a text in a list that is a structure", "A.member.1=1&A.member.1.B=2"],
    ["a list with a gap", "A.member.1=a&A.member.3=b"],
    ["a list from zero", "A.member.0=a"],
    ["a list by other numbers", "A.member.01=a"],
    ["a list of names", "A.member.B=a"],
    ["a list that is a text", "A.member=a"],
    ["a list of what cannot be", "A.member.1.member.2=a"],
    ["a map with a gap", "A.entry.2.key=k&A.entry.2.value=v"],
    ["a map that is a text", "A.entry=a"],
    ["a map of texts", "A.entry.1=a"],
    ["a map without a key", "A.entry.1.value=v"],
    ["a map without a value", "A.entry.1.key=k"],
    ["a map whose key is a structure", "A.entry.1.key.B=k&A.entry.1.value=v"],
    ["a map with more than pairs", "A.entry.1.key=k&A.entry.1.value=v&A.entry.1.B=x"],
    [
      "a map with a key twice",
      "A.entry.1.key=k&A.entry.1.value=v&A.entry.2.key=k&A.entry.2.value=v",
    ],
    ["a map of what cannot be", "A.entry.1.key=k&A.entry.1.value.member.2=v"],
    ["a structure of what cannot be", "A.B.member.2=v"],
    ["a name that is not encoded", "%=1"],
    ["a value that is not encoded", "A=%"],
    ["a name without an end", "A.=1"],
    ["a name without a beginning", ".A=1"],
    ["a name with a hole", "A..B=1"],
    ["no name", "=1"],
    ["names seven deep", "a.b.c.d.e.f.g=1"],
  ])("does not say %s", (_, text) => {
    expect(readForm(text)).toBeUndefined()
    expect(readTargetForm(`/?${text}`)).toBeUndefined()
  })

  it("says at most 500 things", () => {
    const of = (count: number) => Array.from({ length: count }, (_, i) => `A${i}=1`).join("&")
    expect(Object.keys(readForm(of(500)) ?? {})).toHaveLength(500)
    expect(readForm(of(501))).toBeUndefined()
  })

  it.each<[string, string, unknown]>([
    ["is none without a query", "/", {}],
    ["is none with an empty one", "/?", {}],
    ["has a plus that is a plus", "/?A=x+y", { A: "x+y" }],
    ["has question marks", "/?A=?&B?=1", { A: "?", "B?": "1" }],
    ["is without what signs it", "/?X-Amz-Date=1&A=1&x-amz-date=2&X-AMZ-Z.=%25", { A: "1" }],
    ["is with what only looks so", "/?AX-Amz-Date=1", { "AX-Amz-Date": "1" }],
  ])("in the target of a request %s", (_, target, form) => {
    expect(readTargetForm(target)).toEqual(form)
  })

  it("has what signs a request where nobody signs by it", () => {
    expect(readForm("X-Amz-Date=1")).toEqual({ "X-Amz-Date": "1" })
  })
})
