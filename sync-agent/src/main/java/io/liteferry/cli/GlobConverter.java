package io.liteferry.cli;

import io.liteferry.scan.PathFilter.Glob;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a glob. */
final class GlobConverter implements ITypeConverter<Glob> {
  @Override
  public Glob convert(String value) {
    try {
      return new Glob(value);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
