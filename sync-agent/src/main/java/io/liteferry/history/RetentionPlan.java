package io.liteferry.history;

import java.util.List;
import java.util.NavigableMap;
import java.util.Set;

/**
 * What stays, and what goes.
 *
 * @param staying the points that stay, and why
 * @param victims the points that go. To stop after any of them leaves what a larger budget would:
 *     at first what no policy wants, then what each rung of the ladder gives up, and last one after
 *     the other; each from the oldest on, as to drop the oldest point of all writes nothing
 * @param rung how far down the ladder it had to go; 0 for what the policy says
 * @param bytes of what stays and counts for the budget
 * @param isWithinBudget whether what stays does; else all that may go goes
 */
public record RetentionPlan(
    NavigableMap<Long, Set<Reason>> staying,
    List<Long> victims,
    int rung,
    long bytes,
    boolean isWithinBudget) {}
