/**
 * Turns file system events into "something changed". Events say only <em>when</em> to look; what
 * changed, each pass finds out for itself, so a lost or merged event costs time and never data.
 */
@NullMarked
package io.liteferry.watch;

import org.jspecify.annotations.NullMarked;
