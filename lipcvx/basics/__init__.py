"""What every chapter needs: arguments checked at the door, one thread at a time."""
