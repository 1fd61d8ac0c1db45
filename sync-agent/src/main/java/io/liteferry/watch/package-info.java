/**
 * Turns file system events into "something changed". Events say only <em>when</em> to look; what
 * changed, each pass finds out for itself, so a lost or merged event costs time and never data.
 * Beside that they are evidence: a name that is told to have gone was taken away by somebody.
 */
@NullMarked
package io.liteferry.watch;

import org.jspecify.annotations.NullMarked;
