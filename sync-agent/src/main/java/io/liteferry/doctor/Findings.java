package io.liteferry.doctor;

import io.liteferry.doctor.Finding.Verdict;
import java.util.ArrayList;
import java.util.List;

/** What is found of one subject, in the order in which it is found. For one thread. */
final class Findings {
  private final String subject;
  private final List<Finding> all;

  Findings(String subject) {
    this(subject, new ArrayList<>());
  }

  private Findings(String subject, List<Finding> all) {
    this.subject = subject;
    this.all = all;
  }

  /** Adds to the same list what is found of another subject. */
  Findings about(String another) {
    return new Findings(another, all);
  }

  void ok(String text) {
    add(Verdict.OK, text, "");
  }

  void note(String text, String remedy) {
    add(Verdict.NOTE, text, remedy);
  }

  void warning(String text, String remedy) {
    add(Verdict.WARNING, text, remedy);
  }

  void problem(String text, String remedy) {
    add(Verdict.PROBLEM, text, remedy);
  }

  private void add(Verdict verdict, String text, String remedy) {
    all.add(new Finding(verdict, subject, text, remedy));
  }

  void addAll(List<Finding> others) {
    all.addAll(others);
  }

  List<Finding> all() {
    return List.copyOf(all);
  }
}
