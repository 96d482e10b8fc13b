"""Scanners of bar codes and QR codes, on a serial port or as a keyboard that this program takes for itself."""
