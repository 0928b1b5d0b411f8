#!/usr/bin/env node
import process from "node:process"
import { runCommand } from "./command/run-command.js"
import { processTerminal } from "./command/terminal.js"

/*
 * The program `keywright`: for whoever runs a service on a database file.
 */

process.exitCode = await runCommand(process.argv.slice(2), processTerminal())
