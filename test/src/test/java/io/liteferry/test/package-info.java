/**
 * Tests of the shipped command as its users meet it: real processes, real databases, a real disk.
 *
 * <p>Nothing here knows the agent's code. What a test believes of the agent it has seen from
 * outside: files, exit codes, the stable lines of the log.
 */
package io.liteferry.test;
