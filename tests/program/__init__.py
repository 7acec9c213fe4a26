"""Tests that run the program as its users do."""
