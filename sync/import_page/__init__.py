"""The import page: where a township takes the sticks that villages bring, and gives back what the county answers.

A small web page on the outer network, on a machine of its own or beside the gateway. It sees of a stick only what
anybody sees: it is sealed to the gateway, and the answer is sealed to the terminal. What it shows are counts.
"""
