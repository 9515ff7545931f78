"""Pure core: values in, values out. Imports nothing but the standard library's value modules and msgspec."""
