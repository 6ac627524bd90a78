"""The compiled loops under baselines, coherent noise and the pulse finder."""
