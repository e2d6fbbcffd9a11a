"""Facturier."""
