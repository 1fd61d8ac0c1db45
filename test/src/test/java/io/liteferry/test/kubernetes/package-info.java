/**
 * Tests of what a user of Kubernetes installs: charts, as a real Helm renders them, and the
 * manifests of the recipes.
 *
 * <p>No cluster is needed. Whether a manifest is one that Kubernetes takes is decided by
 * Kubernetes' own schemas.
 */
package io.liteferry.test.kubernetes;
