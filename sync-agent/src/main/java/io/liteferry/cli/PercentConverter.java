package io.liteferry.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a percentage below 100. */
final class PercentConverter implements ITypeConverter<Integer> {
  @Override
  public Integer convert(String value) {
    if (value.matches("\\d{1,2}")) {
      return Integer.parseInt(value);
    }
    throw new TypeConversionException(
        "'%s' is not a percentage: write a number from 0 to 99, without a sign".formatted(value));
  }
}
