"""What makes a document valid: rules written once, grouped into rulebooks with versions and dates."""
