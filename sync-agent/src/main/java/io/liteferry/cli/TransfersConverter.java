package io.liteferry.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads how many files to copy at once. */
final class TransfersConverter implements ITypeConverter<Integer> {
  private static final int MOST = 64;

  @Override
  public Integer convert(String value) {
    if (value.matches("\\d{1,2}")) {
      int number = Integer.parseInt(value);
      if (number >= 1 && number <= MOST) {
        return number;
      }
    }
    throw new TypeConversionException(
        "'%s' is not a number of transfers: write a number from 1 to %d".formatted(value, MOST));
  }
}
