package io.liteferry.lease;

import java.time.Duration;

/**
 * Who wants to publish, and how patiently.
 *
 * @param owner who it is: the same after a restart that kept the state, and nobody else's
 * @param duration how long a holder may be silent before another one takes over
 * @param patience how long to wait for the lease while another one holds it
 */
public record LeaseSettings(String owner, Duration duration, Duration patience) {}
