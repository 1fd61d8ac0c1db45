package io.liteferry.health;

/**
 * To a probe.
 *
 * @param text one line for people: no names of files, as nobody was asked who he is
 */
record Answer(int code, String text) {
  private static final int OK = 200;
  private static final int UNAVAILABLE = 503;

  static Answer yes(String text) {
    return new Answer(OK, text);
  }

  static Answer no(String text) {
    return new Answer(UNAVAILABLE, text);
  }
}
