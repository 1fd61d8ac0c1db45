package io.liteferry.doctor;

import java.util.Optional;

/**
 * What a supervisor lets directories take, which nobody can see from inside: the {@code sizeLimit}
 * of an emptyDir.
 *
 * @param local in bytes; empty when there is no limit
 * @param state in bytes; empty when there is no limit
 */
public record Limits(Optional<Long> local, Optional<Long> state) {}
