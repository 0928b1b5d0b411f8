/**
 * Asked between the steps of long work, and in every call. `undefined`: go on. Otherwise what to
 * wait for first, while timers, sockets and everything else in the process have their turn.
 */
export type Rest = () => Promise<void> | undefined
