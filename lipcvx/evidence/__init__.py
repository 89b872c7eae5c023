"""What the package is compared with, by which protocol, and how long runs are kept."""
