/** Holds the folder until its first test. */
export {}
