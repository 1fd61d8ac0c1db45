package io.liteferry.doctor;

/** One thing that a doctor looks at. */
@FunctionalInterface
interface Check {
  /**
   * Looks. Nobody may wait for it any more when it comes back: it changes nothing but what it is
   * given.
   *
   * @param known by the checks before it
   * @param found where it adds what it finds; that counts also when this throws an IOException
   * @return what is known now
   */
  Gathered look(Gathered known, Findings found) throws Exception;
}
