import { describe, expect, it } from "vitest"
import { changedIn, linesIn } from "../src/mutants/changed-lines.js"
import { mutantRooms } from "../src/mutants/rooms.js"

const difference = `--- a/packages/core/src/formats/fields.ts
+++ b/packages/core/src/formats/fields.ts
@@ -3,0 +4,2 @@ export
+one
+two
@@ -10 +13 @@
-three
+four
@@ -20,2 +22,0 @@
-five
-six
--- /dev/null
+++ b/packages/core/test/a.test.ts
@@ -0,0 +1 @@
+seven
`

describe("mistakes in what a change touches", () => {
  it("are made in its lines that are still there, and in no others", () => {
    const formats = mutantRooms["formats-opaque"]?.folders ?? []
    expect(changedIn(formats, linesIn(difference))).toEqual([
      "packages/core/src/formats/fields.ts:4-5",
      "packages/core/src/formats/fields.ts:13-13",
    ])
    expect(changedIn(["packages/core/src/form"], linesIn(difference))).toEqual([])
  })
})
