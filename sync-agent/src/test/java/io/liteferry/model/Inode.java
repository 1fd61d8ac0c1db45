package io.liteferry.model;

import java.util.NavigableMap;
import java.util.TreeMap;

/** A file, directory or symbolic link of the model, with what a crash would leave of it. */
final class Inode {
  /** The kinds that the model knows. */
  enum Kind {
    FILE(0100000),
    DIRECTORY(0040000),
    LINK(0120000);

    final int bits;

    Kind(int bits) {
      this.bits = bits;
    }
  }

  /**
   * What setattr(2) and its like change.
   *
   * @param mtime in nanoseconds since the epoch
   */
  record Attributes(int mode, int uid, int gid, long mtime) {}

  /** What is in it and belongs to it; arrays are never changed, only replaced, and so compared. */
  @SuppressWarnings("ArrayRecordComponent")
  record State(byte[] data, Attributes attributes) {}

  final long number;
  final Kind kind;
  final String target;

  State now;

  /** As of the last sync. */
  State durable;

  long ctime;
  int links;

  /** Of a directory. */
  final NavigableMap<String, Long> entries = new TreeMap<>();

  /** Of a directory: without the changes that {@link ModelServer} lists as pending. */
  final NavigableMap<String, Long> durableEntries = new TreeMap<>();

  Inode(long number, Kind kind, String target, Attributes attributes) {
    this.number = number;
    this.kind = kind;
    this.target = target;
    this.now = new State(new byte[0], attributes);
    this.durable = now;
    this.ctime = attributes.mtime();
  }

  Inode copy() {
    var copy = new Inode(number, kind, target, now.attributes());
    copy.now = now;
    copy.durable = durable;
    copy.ctime = ctime;
    copy.links = links;
    copy.entries.putAll(entries);
    copy.durableEntries.putAll(durableEntries);
    return copy;
  }

  boolean isDirectory() {
    return kind == Kind.DIRECTORY;
  }

  boolean hasUnsyncedData() {
    return now.data() != durable.data();
  }

  boolean hasUnsyncedAttributes() {
    return !now.attributes().equals(durable.attributes());
  }
}
