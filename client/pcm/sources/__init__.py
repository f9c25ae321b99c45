"""Where packages come from: one file a kind; a source gives bytes and evidence, never trust (P7)."""
