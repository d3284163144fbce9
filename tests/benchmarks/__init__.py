"""What was promised of speed and memory, measured. Each module runs on its own."""
