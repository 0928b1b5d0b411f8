import type { createTestKms } from "../../src/index.js"

export declare const expected: string
export declare function tellSeedStory(create: typeof createTestKms, seed?: string): Promise<string>
