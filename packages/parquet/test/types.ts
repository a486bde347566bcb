/** Nothing is tested yet. */
export {}
