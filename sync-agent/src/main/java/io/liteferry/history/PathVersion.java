package io.liteferry.history;

/**
 * What a path was over some points.
 *
 * @param from the first of these points, as a generation
 * @param to the last of them
 * @param version what it was, as the first of them has it; a file without an object is the one in
 *     place, or empty
 * @param others whether somebody else had put it on the volume
 */
public record PathVersion(long from, long to, Version version, boolean others) {}
