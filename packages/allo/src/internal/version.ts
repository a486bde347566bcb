/** How requests name this package. A test compares the version with that of the package. */
export const userAgent = "trunkline-allo/0.1.0"
