/** What lines of the log are about, for programs. */
@NullMarked
package io.liteferry.log;

import org.jspecify.annotations.NullMarked;
