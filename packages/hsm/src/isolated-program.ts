import { runProgram } from "./isolated/inside/program.js"

// The only file that does something when it is loaded: a boundary starts with it.
runProgram()
