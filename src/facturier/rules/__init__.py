"""What makes a document valid: rules, in rulebooks with versions and dates."""
