"""Setting of Chinese text: where lines break, which font has a character, how much fits. Knows no Kivy."""
