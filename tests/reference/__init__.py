"""The reference cases as worlds to be simulated, and what is compared with their published or exact results."""
