"""The reader of official rule files: it lives in the package, `facturier rules` needs it."""

from facturier.rules.official.stylesheets import SCH, SVRL, XSL, Assertion, Stylesheet

__all__ = ["SCH", "SVRL", "XSL", "Assertion", "Stylesheet"]
