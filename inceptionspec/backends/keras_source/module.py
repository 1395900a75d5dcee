def keras_module(loaded, name):
    raise NotImplementedError
