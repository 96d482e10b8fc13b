"""The meaning of facts, cases and deadlines: pure values, nothing but the standard library and structs."""
