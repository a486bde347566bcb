/** */
export {}
