"""What each simulated device shows on the panel and lets people do there: one module and one piece of HTML a kind."""
