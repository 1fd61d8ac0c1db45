/**
 * The command line: arguments, configuration, exit codes, logging, signals, and the wiring of
 * everything else by {@code new}. The only user of picocli and of the process's exit.
 */
@NullMarked
package io.liteferry.cli;

import org.jspecify.annotations.NullMarked;
