package io.liteferry.past;

import java.nio.file.Path;

/**
 * A path that a point should have and that was not copied, or not as it was.
 *
 * @param broken whether something is damaged or gone, else it was not kept on purpose
 * @param text for people, with what to do
 */
public record Shortfall(Path path, boolean broken, String text) {}
