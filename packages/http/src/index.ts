/** What a client of any third-party JSON API needs. */
export {}
