"""What the machine needs before the first start: system packages, fonts, translations."""
