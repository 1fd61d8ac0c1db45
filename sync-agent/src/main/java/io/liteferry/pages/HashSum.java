package io.liteferry.pages;

/** The sum of hashes, modulo 2^128: pages can be exchanged in it one by one. */
record HashSum(long high, long low) {
  static final HashSum ZERO = new HashSum(0, 0);

  HashSum plus(PageHash hash) {
    long sum = low + hash.low();
    long carry = Long.compareUnsigned(sum, low) < 0 ? 1 : 0;
    return new HashSum(high + hash.high() + carry, sum);
  }

  HashSum minus(PageHash hash) {
    long borrow = Long.compareUnsigned(low, hash.low()) < 0 ? 1 : 0;
    return new HashSum(high - hash.high() - borrow, low - hash.low());
  }
}
