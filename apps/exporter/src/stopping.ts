/** Signals that ask a command to come to an end: of a terminal, of a service manager, and of a terminal that closes. */
export const stopping = ["SIGINT", "SIGTERM", "SIGHUP"] as const
