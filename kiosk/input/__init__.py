"""Writing without a keyboard: the pinyin engine, and the model of the panel under the finger. No Kivy."""
