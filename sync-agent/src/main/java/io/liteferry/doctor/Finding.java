package io.liteferry.doctor;

/**
 * What one look found.
 *
 * @param subject what it is about, one word
 * @param text what is the case
 * @param remedy what to do about it; empty when there is nothing to do
 */
public record Finding(Verdict verdict, String subject, String text, String remedy) {
  /** From good to bad. */
  public enum Verdict {
    OK,
    /** Good to know. */
    NOTE,
    /** Works, and may cost data or time in a case that is named. */
    WARNING,
    /** Will not work. */
    PROBLEM
  }
}
