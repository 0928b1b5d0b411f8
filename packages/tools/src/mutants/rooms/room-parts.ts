/** What is changed by mistake, and which tests must notice. */
export interface RoomParts {
  /** Folders or files, from the root of the repository, as are the tests. */
  readonly folders: readonly string[]
  /** Folders, or files. */
  readonly tests: readonly string[]
}

export type Rooms = Readonly<Record<string, RoomParts>>

export const within =
  (folder: string) =>
  (...names: readonly string[]): readonly string[] =>
    names.map((name) => `packages/${folder}/${name}`)
