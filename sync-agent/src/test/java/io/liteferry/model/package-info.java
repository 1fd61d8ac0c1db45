/**
 * A volume that can crash, and tests that walk through every operation on it.
 *
 * <p>{@link io.liteferry.model.ModelServer} is the volume: an NFS server, or a disk. It knows what
 * was synced and what was not, and after a crash shows anything that POSIX allows. Each agent has a
 * {@link io.liteferry.model.ModelFileSystem} of its own on it, through which each operation is one
 * {@link io.liteferry.model.Request}: it can be counted, failed, cut off, or kept back to be
 * executed after its sender is dead.
 *
 * <p>Local and state are real directories, because SQLite needs them.
 *
 * <p>What is weaker or stronger here than on real systems stands with {@link
 * io.liteferry.model.ModelServer}.
 */
@NullMarked
package io.liteferry.model;

import org.jspecify.annotations.NullMarked;
