package io.liteferry.pages;

/** The XXH3-128 of a page's content, with the page's number as its seed, and a key. */
record PageHash(long high, long low) {}
