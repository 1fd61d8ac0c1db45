/**
 * Makes changes of a file system survive a crash: copy, sync, rename, sync the directory.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>This is the only package that calls {@code force}, {@code Files.move} and native functions;
 *       an architecture test holds the others to it.
 *   <li>Nothing here changes the content of a file that already has its final name.
 *   <li>A rename whose reply was lost is recognised by what is there afterwards, not by the error.
 * </ul>
 */
@NullMarked
package io.liteferry.durable;

import org.jspecify.annotations.NullMarked;
