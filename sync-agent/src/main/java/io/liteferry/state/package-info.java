/**
 * The agent's own directory on the node: what it knows between two runs, its lock, and room for
 * snapshots. Never inside local, never on the volume.
 *
 * <p>Invariant: what is lost here costs time, never data. {@code state.json} says which volume and
 * publication local belongs to; without it restore refuses to guess. The index saves reading files
 * again and may be stale or missing.
 */
@NullMarked
package io.liteferry.state;

import org.jspecify.annotations.NullMarked;
