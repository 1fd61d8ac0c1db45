package io.liteferry.publish;

import io.liteferry.state.StateDirectory;
import io.liteferry.volume.Volume;
import java.nio.file.Path;

/**
 * Where an agent is at work.
 *
 * @param local the local directory
 * @param state held by whoever opened it, who closes it
 */
public record Site(Path local, Volume volume, StateDirectory state) {}
