"""Checks of a package with readers that are not ours. A check gives a reason when it could not run."""
