package io.liteferry.agent;

import java.time.Duration;

/**
 * When passes are made.
 *
 * @param settle how long local must be quiet before a pass, or a change waits while passes are
 *     cheap
 * @param maxDelay how long a change may wait at most
 * @param rescan how often local is scanned when no event arrives
 * @param linger how long local must be quiet after a stop was asked for, before the flush
 * @param flushTimeout how long the flush at a stop goes on without any progress
 */
public record AgentSettings(
    Duration settle, Duration maxDelay, Duration rescan, Duration linger, Duration flushTimeout) {}
