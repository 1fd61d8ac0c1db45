package io.liteferry.pages;

import java.nio.file.Path;
import java.time.Instant;

/**
 * What a capture is to make.
 *
 * @param file of the segment, which must not exist; it is removed when there is no segment
 * @param database whose it is, as the volume names it
 * @param first one more than the number of the state that the segment begins at
 * @param number of the state that the segment leads to
 * @param epoch the publisher's
 * @param time for people
 * @param checked whether the state is known to pass SQLite's full check
 * @param mostBytes that the segment may have; with more, the database is to be published whole
 */
public record Target(
    Path file,
    String database,
    long first,
    long number,
    long epoch,
    Instant time,
    boolean checked,
    long mostBytes) {}
