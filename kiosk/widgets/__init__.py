"""What screens are made of: elements that place themselves at whole pixels and draw with few instructions."""
