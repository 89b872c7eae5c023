"""How far outputs can move: cells, the parts of the Lipschitz bounds and their gradients, local relaxations."""
