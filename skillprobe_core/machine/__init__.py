"""Properties of the machine: processor, number types, memory allocator, compiled code, signals, downloads."""
