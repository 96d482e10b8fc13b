"""What people touch: screens, their presenters and the desk; the only package that knows Kivy."""
