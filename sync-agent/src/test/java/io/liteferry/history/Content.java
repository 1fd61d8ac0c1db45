package io.liteferry.history;

import java.util.Map;
import java.util.TreeMap;

/** What a path is in the model; two are equal when a user could not tell them apart. */
sealed interface Content {
  record Directory(int mode) implements Content {}

  record Link(String target) implements Content {}

  record File(int mode, long mtime, String text) implements Content {}

  /** A database as a map from page to what is on it. */
  record Database(int mode, Map<Integer, Integer> pages) implements Content {
    public Database {
      pages = Map.copyOf(pages);
    }

    Database with(Map<Integer, Integer> others) {
      var all = new TreeMap<>(pages);
      all.putAll(others);
      return new Database(mode, all);
    }
  }
}
