"""The rules of the control room: pure values and functions, data beside them."""
