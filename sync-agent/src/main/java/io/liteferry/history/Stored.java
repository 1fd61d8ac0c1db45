package io.liteferry.history;

/** A file of the history on the volume: it stays there while a point needs it. */
public sealed interface Stored permits KeptObject, PageFile {}
