package io.liteferry.publish;

import io.liteferry.publish.Knowledge.Published;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A database that may have changed.
 *
 * @param published what the volume has of it
 * @param force whether it is to be published although its file there has the same content
 * @param plan how to get on from what is published; empty when it is published whole
 */
record Candidate(
    Path path, @Nullable Published published, boolean force, Optional<Forms.Plan> plan) {}
