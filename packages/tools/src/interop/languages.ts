import { writeFileSync } from "node:fs"
import { delimiter, join } from "node:path"
import { root } from "../paths.js"
import { type Ran, run } from "../run.js"

/** Another implementation, installed into a folder and run from there. */
export interface Language {
  readonly name: string
  /** Installs it; what went wrong is in the output. */
  install(folder: string): Promise<Ran>
  /** Has it answer the cases of a file into another one. */
  answer(folder: string, cases: string, answers: string): Promise<Ran>
}

const programs = join(root, "packages", "tools", "interop")

const pythonPackages = ["aws-encryption-sdk==4.0.7", "aws-cryptographic-material-providers==1.11.3"]
const pythonIn = (folder: string): string => join(folder, "venv", "bin", "python")

const python: Language = {
  name: "Python",
  async install(folder) {
    const made = await run("python3", ["-m", "venv", join(folder, "venv")])
    if (!made.ok) return made
    return run(pythonIn(folder), ["-m", "pip", "install", "--quiet", ...pythonPackages])
  },
  answer: (folder, ...files) => run(pythonIn(folder), [join(programs, "messages.py"), ...files]),
}

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>interop</groupId>
  <artifactId>interop</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>com.amazonaws</groupId>
      <artifactId>aws-encryption-sdk-java</artifactId>
      <version>3.0.2</version>
    </dependency>
  </dependencies>
</project>
`

const java: Language = {
  name: "Java",
  async install(folder) {
    writeFileSync(join(folder, "pom.xml"), pom)
    const lib = join(folder, "lib")
    const goal = ["-q", "-B", "dependency:copy-dependencies", `-DoutputDirectory=${lib}`]
    const copied = await run("mvn", goal, { cwd: folder })
    if (!copied.ok) return copied
    const classes = ["-d", join(folder, "classes"), "-cp", join(lib, "*")]
    return run("javac", [...classes, join(programs, "Messages.java")])
  },
  answer(folder, ...files) {
    const classpath = [join(folder, "classes"), join(folder, "lib", "*")].join(delimiter)
    return run("java", ["-cp", classpath, "Messages", ...files])
  },
}

export const languages: readonly Language[] = [python, java]
