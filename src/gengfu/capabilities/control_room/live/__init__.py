"""The live room: the picture, positions and roads of now, in memory."""
