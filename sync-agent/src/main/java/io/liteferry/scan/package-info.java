/**
 * What is in a directory tree, and what differs from before. Looks at names and attributes only: no
 * file is opened here, so a scan is harmless to a database that is in use.
 *
 * <p>Invariants: symbolic links are never followed; a directory that could not be listed is
 * reported, so that its content counts as unknown and never as deleted.
 */
@NullMarked
package io.liteferry.scan;

import org.jspecify.annotations.NullMarked;
