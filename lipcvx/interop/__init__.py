"""Networks of others, read: torch, scikit-learn, ONNX, files of weights."""
