"""What each place shows and what it does with a touch. No Kivy here: journeys are tested as lists of intents."""
