"""What an instance may do, whoever asks for it."""
