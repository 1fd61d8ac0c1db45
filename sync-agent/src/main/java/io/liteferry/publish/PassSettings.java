package io.liteferry.publish;

import io.liteferry.scan.PathFilter;
import io.liteferry.sqlite.DatabaseCheck;
import io.liteferry.volume.KeepSettings;
import java.time.Duration;

/**
 * How passes are made.
 *
 * @param check how a snapshot is checked before it is published
 * @param filter what travels
 * @param deleteGuard how long the deletion of a tree that vanished is held back
 * @param transfers how many files are copied at the same time
 * @param busyTimeout how long a snapshot waits for a locked database
 * @param keep what is kept of what passes replace and remove
 * @param form in which databases are published
 */
public record PassSettings(
    DatabaseCheck check,
    PathFilter filter,
    Duration deleteGuard,
    int transfers,
    Duration busyTimeout,
    KeepSettings keep,
    FormSettings form) {}
