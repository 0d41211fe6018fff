"""Wire messages of the room socket, version 1: one JSON text a frame, told apart by `type`."""
