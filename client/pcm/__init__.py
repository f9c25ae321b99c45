"""Find, verify, install and describe concepts; light by rule: importing it loads no torch and no HTTP library."""
