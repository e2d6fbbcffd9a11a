"""What an invoice is: the model of EN 16931 and its French extension, without any syntax."""
